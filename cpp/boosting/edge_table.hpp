// Bin edges of many features, laid out for the branchless binary search of simd bin_values.
//
// A feature with m edges is padded with +inf to 2^s - 1 of them, the least that holds m, so the search takes s steps.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

class EdgeTable {
  public:
    // Ascending, at most 255.
    void add(std::span<const double> edges) {
        const std::size_t padded = std::bit_ceil(edges.size() + 1) - 1;
        offset_.push_back(edges_.size());
        first_step_.push_back(static_cast<std::uint32_t>((padded + 1) / 2));
        edges_.insert(edges_.end(), edges.begin(), edges.end());
        edges_.resize(edges_.size() + padded - edges.size(), std::numeric_limits<double>::infinity());
    }

    [[nodiscard]] std::size_t size() const { return offset_.size(); }

    // bins[i] = number of edges of the entry below x[i], kMissingBin where x[i] is missing.
    void bin(const simd::KernelTable& kernels, std::size_t entry, std::span<const double> x, std::uint8_t* bins) const {
        kernels.bin_values(x.data(), x.size(), edges_.data() + offset_[entry], first_step_[entry], bins);
    }

  private:
    std::vector<std::size_t> offset_;
    std::vector<std::uint32_t> first_step_;  // half of the padded size + 1; 0 without edges
    std::vector<double> edges_;
};

}  // namespace hornbeam::boosting
