// The images of all rows in panels of kPanelRows, coordinate by coordinate, as the screen reads them
// (neighbors/screen.kernel.inc).
#pragma once

#include <algorithm>
#include <vector>

#include "common/aligned_buffer.hpp"
#include "neighbors/screen_space.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::neighbors {

class Panels {
  public:
    template <typename T>
    Panels(const ScreenSpace& space, const RowTable<T>& rows, parallel::ThreadLimit threads);

    // Whole groups; rows that are not there have an infinite norm, which no limit lets pass.
    [[nodiscard]] std::size_t size() const { return half_norms_.size() / simd::kPanelRows; }
    [[nodiscard]] std::size_t width() const { return width_; }
    [[nodiscard]] const float* values() const { return values_.data(); }
    [[nodiscard]] const float* half_norms() const { return half_norms_.data(); }  // |y|^2 / 2
    [[nodiscard]] double largest_norm() const { return largest_norm_; }
    [[nodiscard]] double largest_error() const { return largest_error_; }

  private:
    std::size_t width_;
    AlignedBuffer<float> values_;
    AlignedBuffer<float> half_norms_;
    double largest_norm_ = 0.0;
    double largest_error_ = 0.0;
};

}  // namespace hornbeam::neighbors
