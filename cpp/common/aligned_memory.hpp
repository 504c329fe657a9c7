// Memory for arrays: whole cache lines, and large pages for what is large.
//
// A page of 4 KB holds 128 rows of a table. Reading scattered rows of a large one then waits for address translations as
// often as for the rows, and first use takes a fault per page; so the kernel is asked for pages of 2 MB where it gives
// them on request (Linux, transparent huge pages).
#pragma once

#include <cstddef>

namespace hornbeam {

inline constexpr std::size_t kCacheLine = 64;

// At most PTRDIFF_MAX bytes; throws std::bad_alloc. To be given back to free_aligned() with the same size.
[[nodiscard]] void* allocate_aligned(std::size_t bytes);
void free_aligned(void* memory, std::size_t bytes) noexcept;

}  // namespace hornbeam
