// Raw scores of many rows.
//
//   tile of 64 rows --binned to the model's own thresholds--> bytes, one row of the tile per used feature
//                   --every tree, eight rows walking side by side--> scores
//
// Few rows, few trees and models without a quantised form walk over the values themselves. Leaf values are added in tree
// order per row on every path, so the choice of path changes no bit.
#pragma once

#include <memory>
#include <optional>

#include "boosting/model.hpp"
#include "boosting/quantised_forest.hpp"
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
    template <typename Float>
    void walk_values(MatrixView<const Float> X, IterationRange iterations, MatrixView<double> out, std::size_t begin,
                     std::size_t end) const;
    template <typename Float>
    void walk_bins(MatrixView<const Float> X, IterationRange iterations, MatrixView<double> out, std::size_t begin,
                   std::size_t end) const;

    std::shared_ptr<const Model> model_;
    std::optional<QuantisedForest> forest_;
};

}  // namespace hornbeam::boosting
