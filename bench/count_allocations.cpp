// Counts how often a process asks for memory, `operator new` included, in the
// first 8 bytes of a file that others may read meanwhile:
//
//   LD_PRELOAD=libcount_allocations.so TROUPE_ALLOCATIONS=FILE COMMAND
//
// FILE must be there and have 8 bytes. For glibc, whose own functions do the
// work.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

using counter = std::atomic<std::uint64_t>;

/// Counts while there is no file.
constinit counter without_file{0};

/// Never null; changes once, before there is a second thread.
constinit counter* count = &without_file;

[[gnu::constructor]] void open_file() {
  auto* path = std::getenv("TROUPE_ALLOCATIONS");
  auto fd = path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return;
  auto* place = mmap(nullptr, sizeof(counter), PROT_READ | PROT_WRITE,
                     MAP_SHARED, fd, 0);
  close(fd);
  if (place != MAP_FAILED)
    count = static_cast<counter*>(place);
}

void add_one() noexcept {
  count->fetch_add(1, std::memory_order_relaxed);
}

} // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
  add_one();
  return __libc_malloc(size);
}

void* calloc(std::size_t elements, std::size_t size) noexcept {
  add_one();
  return __libc_calloc(elements, size);
}

void* realloc(void* old, std::size_t size) noexcept {
  add_one();
  return __libc_realloc(old, size);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
  add_one();
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  add_one();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** result, std::size_t alignment,
                   std::size_t size) noexcept {
  add_one();
  *result = __libc_memalign(alignment, size);
  return *result == nullptr ? ENOMEM : 0;
}

} // extern "C"
