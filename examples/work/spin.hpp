#pragma once

#include <ctime>

#include <cstdint>

namespace work {

inline std::uint64_t thread_cpu_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000
         + static_cast<std::uint64_t>(now.tv_nsec);
}

/// Burns `us` of the calling thread's CPU time, and up to 2 us more; what
/// others take of the core meanwhile does not count.
inline void spin(std::uint32_t us) noexcept {
  if (us == 0)
    return;
  auto end_ns = thread_cpu_ns() + std::uint64_t{us} * 1'000;
  // A look at this clock is a system call, so that without some arithmetic
  // in between it would be the kernel that spins.
  std::uint64_t number = end_ns;
  while (thread_cpu_ns() < end_ns)
    for (auto i = 0; i < 500; ++i) {
      number = number * 6'364'136'223'846'793'005 + 1;
      asm volatile("" : "+r"(number));
    }
}

} // namespace work
