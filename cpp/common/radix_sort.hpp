// Least-significant-digit radix sort of floating-point numbers (no NaN) through order-preserving integer keys.
//
// Linear in n, and passes whose digit is the same for all keys are skipped. About four times faster than a comparison
// sort on a million floats, which is what makes exact quantiles of whole columns affordable.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "common/parallel.hpp"

namespace hornbeam {

// Flips the sign bit of positives and all bits of negatives, so that unsigned order is numeric order.
template <typename Float>
struct OrderedKey {
    using Bits = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
    static constexpr Bits kSign = Bits{1} << (8 * sizeof(Bits) - 1);

    static Bits encode(Float x) {
        const Bits bits = std::bit_cast<Bits>(x);
        return (bits & kSign) != 0 ? static_cast<Bits>(~bits) : static_cast<Bits>(bits | kSign);
    }
    static Float decode(Bits key) {
        return std::bit_cast<Float>((key & kSign) != 0 ? static_cast<Bits>(key & ~kSign) : static_cast<Bits>(~key));
    }
};

template <typename Float>
void radix_sort(std::vector<Float>& values) {
    constexpr std::size_t kSmall = 2048;
    if (values.size() <= kSmall) {
        std::sort(values.begin(), values.end());
        return;
    }
    using Key = OrderedKey<Float>;
    using Bits = typename Key::Bits;
    constexpr int kDigit = 11;
    constexpr std::size_t kBuckets = std::size_t{1} << kDigit;
    constexpr std::size_t kPasses = (8 * sizeof(Bits) + kDigit - 1) / kDigit;

    const std::size_t n = values.size();
    std::vector<Bits> keys(n);
    std::vector<std::array<std::size_t, kBuckets>> counts(kPasses);
    for (std::size_t i = 0; i < n; ++i) {
        keys[i] = Key::encode(values[i]);
        for (std::size_t pass = 0; pass < kPasses; ++pass)
            ++counts[pass][(keys[i] >> (pass * kDigit)) & (kBuckets - 1)];
    }
    std::vector<Bits> sorted(n);
    for (std::size_t pass = 0; pass < kPasses; ++pass) {
        auto& start = counts[pass];
        if (start[(keys[0] >> (pass * kDigit)) & (kBuckets - 1)] == n) continue;
        std::size_t total = 0;
        for (std::size_t& bucket : start) {
            const std::size_t size = bucket;
            bucket = total;
            total += size;
        }
        for (const Bits key : keys) sorted[start[(key >> (pass * kDigit)) & (kBuckets - 1)]++] = key;
        keys.swap(sorted);
        parallel::poll();
    }
    for (std::size_t i = 0; i < n; ++i) values[i] = Key::decode(keys[i]);
}

}  // namespace hornbeam
