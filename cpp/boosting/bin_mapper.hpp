// Value -> bin, per feature: strictly ascending edges; bin(x) = number of edges below x, a missing value has bin 255. The
// categories of a categorical feature are its bins.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "boosting/category.hpp"
#include "boosting/row_weights.hpp"
#include "common/matrix_view.hpp"
#include "common/parallel.hpp"
#include "common/sparse_columns.hpp"

namespace hornbeam::boosting {

inline constexpr std::size_t kMaxValueBins = 255;

// A bit for each row, or none at all.
using RowBits = std::vector<std::uint64_t>;

class BinMapper {
  public:
    // Exact weighted quantile edges of every column. Float is float or double. n_categories: per feature, 0 where it has
    // none; empty if no feature has any. nonzero: gets the rows in which each feature is not zero, if those are no large
    // majority of a feature of numbers.
    template <typename Float>
    static BinMapper fit(MatrixView<const Float> X, const RowWeights& weights, std::size_t max_bins,
                         std::vector<std::size_t> n_categories, parallel::ThreadLimit threads,
                         std::vector<RowBits>& nonzero);
    // The same of sparse columns, of which all are numbers. A feature that is not zero in fewer than min_count rows gets no
    // edges, and counts as never missing: no split by it leaves so many rows on both sides.
    template <typename Float>
    static BinMapper fit(const SparseColumns<Float>& X, const RowWeights& weights, std::size_t max_bins,
                         std::uint64_t min_count, parallel::ThreadLimit threads);

    [[nodiscard]] std::size_t n_features() const { return edges_.size(); }
    [[nodiscard]] const std::vector<double>& edges(std::size_t feature) const { return edges_[feature]; }
    [[nodiscard]] std::size_t n_categories(std::size_t feature) const {
        return n_categories_.empty() ? 0 : n_categories_[feature];
    }
    [[nodiscard]] bool is_categorical(std::size_t feature) const { return n_categories(feature) > 0; }
    // Whether its categories are too many for bytes. Its bins are codes of 32 bits then, and each of its bytes is missing.
    [[nodiscard]] bool has_codes(std::size_t feature) const { return n_categories(feature) > kMaxByteCategories; }
    // Of its bytes.
    [[nodiscard]] std::size_t n_value_bins(std::size_t feature) const {
        if (has_codes(feature)) return 1;
        return is_categorical(feature) ? n_categories(feature) : edges_[feature].size() + 1;
    }
    // Of numbers.
    [[nodiscard]] std::size_t bin_of_zero(std::size_t feature) const {
        const std::vector<double>& edges = edges_[feature];
        return static_cast<std::size_t>(std::ranges::lower_bound(edges, 0.0) - edges.begin());
    }
    [[nodiscard]] bool has_missing(std::size_t feature) const { return has_missing_[feature] != 0; }

  private:
    std::vector<std::vector<double>> edges_;
    std::vector<std::uint8_t> has_missing_;
    std::vector<std::size_t> n_categories_;
};

}  // namespace hornbeam::boosting
