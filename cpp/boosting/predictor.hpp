// Raw scores of many rows.
//
//   128 rows --compared with the model's own thresholds--> a tile of bytes, one or more rows per used feature
//            --a tree at a time (quantised_forest.hpp)--> scores
//
// A few trees pass over all tiles of a chunk, then the next few: both stay in the nearest caches. Few rows, few trees and
// iterations without a quantised form walk over the values themselves. Leaf values are added in tree order per row on every
// path, so the choice of path changes no bit.
#pragma once

#include <memory>
#include <vector>

#include "boosting/forest_parts.hpp"
#include "boosting/model.hpp"
#include "boosting/tile_filler.hpp"
#include "common/aligned_buffer.hpp"
#include "common/matrix_view.hpp"
#include "common/parallel.hpp"
#include "common/sparse_rows.hpp"

namespace hornbeam::boosting {

class Predictor {
  public:
    explicit Predictor(std::shared_ptr<const Model> model);

    [[nodiscard]] const Model& model() const { return *model_; }

    // X: a MatrixView or SparseRows, of float or double. out (n_rows, n_outputs) += the trees of these iterations.
    template <typename Table>
    void add_raw(const Table& X, IterationRange iterations, MatrixView<double> out,
                 parallel::ThreadLimit threads) const;

  private:
    // A worker's, from chunk to chunk.
    template <typename Table>
    struct Scratch {
        AlignedBuffer<std::uint8_t> tiles;
        typename TileFiller<Table>::Scratch filler;
        std::vector<double> scores;
    };

    // Of iterations of one part.
    template <typename Table>
    void add_part(const Table& X, const ForestPart& part, IterationRange iterations, MatrixView<double> out,
                  parallel::ThreadLimit threads) const;
    template <typename Table>
    void walk_rows(const Table& X, IterationRange iterations, MatrixView<double> out, std::size_t begin,
                   std::size_t end) const;
    template <typename Table>
    void add_tiles(const TileFiller<Table>& filler, const ForestPart& part, IterationRange iterations,
                   MatrixView<double> out, std::size_t begin, std::size_t end, Scratch<Table>& scratch) const;

    std::shared_ptr<const Model> model_;
    std::vector<ForestPart> parts_;
};

}  // namespace hornbeam::boosting
