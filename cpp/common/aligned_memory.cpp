#include "common/aligned_memory.hpp"

#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace hornbeam {

namespace {

constexpr std::size_t kLargePage = std::size_t{1} << 21;

std::align_val_t alignment_of(std::size_t bytes) {
    return std::align_val_t{bytes >= kLargePage ? kLargePage : kCacheLine};
}

}  // namespace

void* allocate_aligned(std::size_t bytes) {
    const std::align_val_t alignment = alignment_of(bytes);
    void* memory = ::operator new(bytes, alignment);
#ifdef MADV_HUGEPAGE
    // Only whole pages, so that no neighbour is touched. A kernel that declines changes nothing.
    if (alignment == std::align_val_t{kLargePage})
        (void)::madvise(memory, bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
#endif
    return memory;
}

void free_aligned(void* memory, std::size_t bytes) noexcept { ::operator delete(memory, alignment_of(bytes)); }

}  // namespace hornbeam
