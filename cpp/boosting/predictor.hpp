// Raw scores of many rows.
//
//   tile of 64 rows --binned to the model's own thresholds--> bytes, one row of the tile per used feature
//                   --every tree, eight rows walking side by side--> scores
//
// x <= thresholds[t] holds exactly if fewer than t + 1 of the ascending thresholds lie below x, so bytes decide as the
// values do. Leaf values are added in tree order per row on every path, so the choice of path changes no bit.
// A feature with more than 254 thresholds, or a tree with more than 65,535 nodes and leaves, leaves the walk over values.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "boosting/model.hpp"
#include "common/matrix_view.hpp"
#include "common/parallel.hpp"

namespace hornbeam::boosting {

struct IterationRange {
    std::size_t begin;
    std::size_t end;
};

class Predictor {
  public:
    explicit Predictor(std::shared_ptr<const Model> model);

    [[nodiscard]] const Model& model() const { return *model_; }

    // out (n_rows, n_outputs) += the trees of these iterations.
    template <typename Float>
    void add_raw(MatrixView<const Float> X, IterationRange iterations, MatrixView<double> out,
                 parallel::ThreadLimit threads) const;

  private:
    struct TreeSpan {
        std::size_t first;  // into the node arrays below
        std::size_t depth;
    };

    void quantise();
    void quantise_tree(std::size_t tree, const std::vector<std::uint32_t>& tile_row);
    template <typename Float>
    void walk_values(MatrixView<const Float> X, IterationRange iterations, MatrixView<double> out, std::size_t begin,
                     std::size_t end) const;
    template <typename Float>
    void walk_bins(MatrixView<const Float> X, IterationRange iterations, MatrixView<double> out, std::size_t begin,
                   std::size_t end) const;

    std::shared_ptr<const Model> model_;
    bool quantised_ = false;
    std::vector<std::size_t> used_features_;
    std::vector<double> edges_;  // [n_used][255], padded with +inf
    std::vector<TreeSpan> trees_;
    // Nodes and leaves of all trees, leaves after nodes; a leaf is its own child.
    std::vector<std::uint32_t> feature_row_;
    std::vector<std::uint8_t> shift_;
    std::vector<std::uint8_t> bin_;
    std::vector<std::uint16_t> child_;
    std::vector<double> value_;
};

}  // namespace hornbeam::boosting
