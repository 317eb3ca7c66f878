#include "troupe/tests/support/allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> count_now;
std::atomic<std::size_t> bytes_now;
std::atomic<std::size_t> live_now;

} // namespace

// All forms that the sanitizers would otherwise replace one by one.

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  auto* result = std::malloc(size);
  if (result == nullptr)
    return nullptr;
  ++count_now;
  bytes_now += size;
  ++live_now;
  return result;
}

void* operator new(std::size_t size) {
  auto* result = operator new(size, std::nothrow);
  if (result == nullptr)
    throw std::bad_alloc{};
  return result;
}

void* operator new[](std::size_t size) {
  return operator new(size);
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

void operator delete[](void* memory) noexcept {
  operator delete(memory);
}

void operator delete[](void* memory, std::size_t) noexcept {
  operator delete(memory);
}

namespace troupe::test {

allocations allocations::now() noexcept {
  return {count_now.load(), bytes_now.load(), live_now.load()};
}

} // namespace troupe::test
