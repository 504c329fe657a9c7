// Categories are numbers 0..n-1, and a set of them is a row of bits, 32 to a word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hornbeam::boosting {

// Above this a feature's categories do not fit the bytes of the other features.
inline constexpr std::size_t kMaxByteCategories = 255;

// The category that x is the number of; n_categories, which stands for a missing value, if it is no number of one.
template <typename Float>
[[nodiscard]] std::size_t category_of(Float x, std::size_t n_categories) {
    if (!(x >= Float{0} && x < static_cast<Float>(n_categories))) return n_categories;
    const auto category = static_cast<std::size_t>(x);
    return static_cast<Float>(category) == x && category < n_categories ? category : n_categories;
}

[[nodiscard]] constexpr std::size_t n_category_words(std::size_t n_categories) { return (n_categories + 31) / 32; }

[[nodiscard]] inline bool has_category(std::span<const std::uint32_t> set, std::size_t category) {
    return (set[category / 32] >> (category % 32) & 1) != 0;
}

inline void add_category(std::span<std::uint32_t> set, std::size_t category) {
    set[category / 32] |= std::uint32_t{1} << (category % 32);
}

}  // namespace hornbeam::boosting
