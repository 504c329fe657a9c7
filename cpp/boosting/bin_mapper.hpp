// Value -> bin, per feature: strictly ascending edges; bin(x) = number of edges below x, a missing value has bin 255.
#pragma once

#include <cstdint>
#include <vector>

#include "boosting/row_weights.hpp"
#include "common/matrix_view.hpp"
#include "common/parallel.hpp"

namespace hornbeam::boosting {

inline constexpr std::size_t kMaxValueBins = 255;

class BinMapper {
  public:
    // Exact weighted quantile edges of every column. Float is float or double.
    template <typename Float>
    static BinMapper fit(MatrixView<const Float> X, const RowWeights& weights, std::size_t max_bins,
                         parallel::ThreadLimit threads);

    [[nodiscard]] std::size_t n_features() const { return edges_.size(); }
    [[nodiscard]] const std::vector<double>& edges(std::size_t feature) const { return edges_[feature]; }
    [[nodiscard]] std::size_t n_value_bins(std::size_t feature) const { return edges_[feature].size() + 1; }
    [[nodiscard]] bool has_missing(std::size_t feature) const { return has_missing_[feature] != 0; }

  private:
    std::vector<std::vector<double>> edges_;
    std::vector<std::uint8_t> has_missing_;
};

}  // namespace hornbeam::boosting
