// Owning, 64-byte aligned array of a trivial type; zeroed unless the caller says that it writes every element first.
//
// One cache line per 64 bytes and full-width SIMD loads; sizes are checked, so n * sizeof(T) cannot wrap.
#pragma once

#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

#include "common/aligned_memory.hpp"

namespace hornbeam {

// Throws std::bad_array_new_length if it is more than can be.
template <typename T>
[[nodiscard]] constexpr std::size_t bytes_of(std::size_t size) {
    if (size > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(T))
        throw std::bad_array_new_length();
    return size * sizeof(T);
}

template <typename T>
class AlignedBuffer {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    struct Uninitialised {};

    AlignedBuffer() = default;
    AlignedBuffer(std::size_t size, Uninitialised) : data_(allocate(size)), size_(size) {}
    explicit AlignedBuffer(std::size_t size) : AlignedBuffer(size, Uninitialised{}) {
        if (size > 0) std::memset(static_cast<void*>(data_.get()), 0, size * sizeof(T));
    }

    [[nodiscard]] T* data() noexcept { return data_.get(); }
    [[nodiscard]] const T* data() const noexcept { return data_.get(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    T& operator[](std::size_t i) noexcept { return data_.get()[i]; }
    const T& operator[](std::size_t i) const noexcept { return data_.get()[i]; }
    [[nodiscard]] std::span<T> span() noexcept { return {data_.get(), size_}; }
    [[nodiscard]] std::span<const T> span() const noexcept { return {data_.get(), size_}; }

  private:
    struct Free {
        std::size_t bytes = 0;
        void operator()(T* p) const noexcept { free_aligned(static_cast<void*>(p), bytes); }
    };

    static std::unique_ptr<T[], Free> allocate(std::size_t size) {
        if (size == 0) return nullptr;
        const std::size_t bytes = bytes_of<T>(size);
        return std::unique_ptr<T[], Free>(static_cast<T*>(allocate_aligned(bytes)), Free{bytes});
    }

    std::unique_ptr<T[], Free> data_;
    std::size_t size_ = 0;
};

// For a std::vector that starts on a cache line.
template <typename T>
struct CacheLineAllocator {
    using value_type = T;

    CacheLineAllocator() = default;
    template <typename U>
    CacheLineAllocator(const CacheLineAllocator<U>&) {}  // NOLINT(google-explicit-constructor): as the standard asks

    T* allocate(std::size_t n) { return static_cast<T*>(allocate_aligned(bytes_of<T>(n))); }
    void deallocate(T* p, std::size_t n) noexcept { free_aligned(static_cast<void*>(p), n * sizeof(T)); }

    friend bool operator==(CacheLineAllocator, CacheLineAllocator) { return true; }
};

}  // namespace hornbeam
