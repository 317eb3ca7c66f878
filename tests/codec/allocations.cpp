#include "allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> count_now;
std::atomic<std::size_t> bytes_now;
std::atomic<std::size_t> live_now;

} // namespace

void* operator new(std::size_t size) {
  auto* result = std::malloc(size);
  if (result == nullptr)
    throw std::bad_alloc{};
  ++count_now;
  bytes_now += size;
  ++live_now;
  return result;
}

void operator delete(void* memory) noexcept {
  if (memory == nullptr)
    return;
  --live_now;
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

namespace troupe::test {

allocations allocations::now() noexcept {
  return {count_now.load(), bytes_now.load(), live_now.load()};
}

} // namespace troupe::test
