// Bin edges of many features, laid out for the binary search of simd bin_float32 and bin_float64.
//
// A feature with m edges is padded with +inf to 2^s - 1 of them, the least that holds m, so the search takes s steps; they
// stand in the order in which it meets them. A float32 value is compared with the largest float32 that is not above the
// edge, which decides as the edge does.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "common/aligned_buffer.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

class EdgeTable {
  public:
    // Ascending, at most 255.
    void add(std::span<const double> edges) {
        const auto n_levels = static_cast<std::uint32_t>(std::bit_width(edges.size()));
        const std::size_t first = float64_.size();
        entries_.push_back({first, n_levels});
        // Kernels read whole registers.
        float64_.resize(first + std::max<std::size_t>(std::size_t{1} << n_levels, 16), kPadding);
        float32_.resize(float64_.size(), std::numeric_limits<float>::infinity());
        for (std::uint32_t level = 0; level < n_levels; ++level) {
            const std::size_t step = std::size_t{1} << (n_levels - level);  // between the edges of the level
            for (std::size_t j = 0, edge = step / 2 - 1; edge < edges.size(); ++j, edge += step) {
                const std::size_t at = first + (std::size_t{1} << level) + j;
                float64_[at] = edges[edge];
                float32_[at] = round_down(edges[edge]);
            }
        }
    }

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    // bins[i] = number of edges of the entry below x[i], kMissingBin where x[i] is missing.
    void bin(const simd::KernelTable& kernels, std::size_t entry, std::span<const float> x, std::uint8_t* bins) const {
        const auto [first, n_levels] = entries_[entry];
        kernels.bin_float32(x.data(), x.size(), float32_.data() + first, n_levels, bins);
    }
    void bin(const simd::KernelTable& kernels, std::size_t entry, std::span<const double> x, std::uint8_t* bins) const {
        const auto [first, n_levels] = entries_[entry];
        kernels.bin_float64(x.data(), x.size(), float64_.data() + first, n_levels, bins);
    }

  private:
    struct Entry {
        std::size_t first;
        std::uint32_t n_levels;
    };

    static constexpr double kPadding = std::numeric_limits<double>::infinity();

    static float round_down(double x) {
        const auto nearest = static_cast<float>(x);
        return static_cast<double>(nearest) > x ? std::nextafter(nearest, -std::numeric_limits<float>::infinity())
                                                : nearest;
    }

    std::vector<Entry> entries_;
    // An entry takes whole registers, so all of them are aligned.
    std::vector<double, CacheLineAllocator<double>> float64_;
    std::vector<float, CacheLineAllocator<float>> float32_;
};

}  // namespace hornbeam::boosting
