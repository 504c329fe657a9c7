#include "boosting/refit.hpp"

#include <algorithm>

#include "boosting/binned_matrix.hpp"
#include "boosting/gradient_quantiser.hpp"
#include "boosting/leaf_learner.hpp"
#include "boosting/score_bound.hpp"
#include "common/error.hpp"

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kNanosecondsPerWalk = 50;
constexpr std::size_t kRowsPerPoll = 1024;

// Sends rows down the trees and sorts them by leaf, a block of rows at a time.
template <typename Table>
class Router {
  public:
    Router(const Model& model, const Table& X, parallel::ThreadLimit threads)
        : model_(model), X_(X), threads_(threads), leaf_(X.n_rows), rows_(X.n_rows) {}

    // The result points into this object until the next call.
    [[nodiscard]] LeafPartition route(std::size_t tree) {
        const std::vector<std::int64_t>& offset = model_.arrays().leaf_offset;
        const auto n_leaves = static_cast<std::size_t>(offset[tree + 1] - offset[tree]);
        const std::size_t block_rows = BinnedMatrix::block_rows(X_.n_rows);
        const std::size_t n_blocks = parallel::n_chunks_for(X_.n_rows, block_rows);
        LeafPartition leaves{n_leaves, {}, {}};
        for (std::size_t b = 0; b < n_blocks; ++b) leaves.first_row.push_back(b * block_rows);
        leaves.rows.resize(n_blocks * n_leaves);
        const auto limit = parallel::limit_for(threads_, X_.n_rows * kNanosecondsPerWalk);
        parallel::for_chunks(n_blocks, limit, [&](std::size_t b, std::size_t) {
            const std::size_t begin = b * block_rows;
            const std::size_t end = std::min(X_.n_rows, begin + block_rows);
            walk(tree, begin, end);
            sort(begin, end, std::span(leaves.rows).subspan(b * n_leaves, n_leaves));
        });
        return leaves;
    }

  private:
    void walk(std::size_t tree, std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            if (i % kRowsPerPoll == 0) parallel::poll();
            leaf_[i] = static_cast<std::uint32_t>(model_.leaf_index(tree, X_.row(i)));
        }
    }

    void sort(std::size_t begin, std::size_t end, std::span<std::span<const std::uint16_t>> leaves) {
        std::vector<std::size_t> at(leaves.size() + 1, 0);
        for (std::size_t i = begin; i < end; ++i) ++at[leaf_[i] + 1];
        at[0] = begin;
        for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) {
            const std::size_t size = at[leaf + 1];
            leaves[leaf] = std::span(rows_).subspan(at[leaf], size);
            at[leaf + 1] = at[leaf] + size;
        }
        for (std::size_t i = begin; i < end; ++i) rows_[at[leaf_[i]]++] = static_cast<std::uint16_t>(i - begin);
    }

    const Model& model_;
    Table X_;  // a view
    parallel::ThreadLimit threads_;
    std::vector<std::uint32_t> leaf_;  // of each row
    std::vector<std::uint16_t> rows_;  // of each block, by leaf
};

// At a decay of 0 the bits of `fresh`.
double mix(double old, double fresh, double decay) {
    return decay == 0.0 ? fresh : clipped_to_finite(decay * old + (1.0 - decay) * fresh);
}

}  // namespace

template <typename Table>
std::shared_ptr<const Model> refit(const Model& model, const Table& X, VectorView<const double> y,
                                   VectorView<const double> weight, MatrixView<const double> init_score,
                                   Objective& objective, const TrainOptions& options, double decay) {
    const std::size_t n_outputs = objective.n_outputs(options.n_classes);
    check_argument(model.n_outputs() == n_outputs, "the model has {} outputs, but the loss needs {}", model.n_outputs(),
                   n_outputs);
    check_argument(model.n_features() == X.n_cols, "X has {} features, but the model expects {}", X.n_cols,
                   model.n_features());
    check_monotone(options.leaf.monotone, model.n_features(), n_outputs);
    ScoredRows rows = ScoredRows::read({X.n_rows, X.n_cols}, y, weight, init_score, objective, n_outputs);

    ModelArrays arrays = model.arrays();
    std::vector<double> baseline(n_outputs, 0.0);
    if (init_score.data == nullptr) baseline = objective.baseline({rows.y, rows.weights, options.threads}, n_outputs);
    for (std::size_t k = 0; k < n_outputs; ++k) arrays.baseline[k] = mix(arrays.baseline[k], baseline[k], decay);
    rows.start(arrays.baseline, init_score);
    ScoreBound bound(arrays.baseline);
    if (init_score.data) bound.include(rows.raw, options.threads);

    GradientQuantiser quantiser(rows.weights, options.threads);
    LeafLearner learner(objective, rows, n_outputs, options.leaf, options.threads);
    Router<Table> router(model, X, options.threads);
    std::size_t output = 0;  // of the tree: they take turns
    for (std::size_t tree = 0; tree < model.n_trees(); ++tree, output = output + 1 < n_outputs ? output + 1 : 0) {
        if (output == 0) learner.compute_gradients();
        const TrueGradients exact = learner.gradients(output);
        const QuantisedGradients quantised = quantiser.quantise(exact.g, exact.h, rows.weights.total_count);
        const LeafPartition leaves = router.route(tree);
        const std::span<double> values =
            std::span(arrays.leaf_value).subspan(static_cast<std::size_t>(arrays.leaf_offset[tree]), leaves.n_leaves);
        const MonotoneTree order(model, tree, options.leaf.monotone);
        const std::vector<double> fresh = learner.leaf_values(output, quantised, leaves, order, values);
        // What is in order stays so only if all are mixed alike.
        const bool mix_all = !options.leaf.monotone.empty();
        for (std::size_t leaf = 0; leaf < fresh.size(); ++leaf)
            if (mix_all || !leaves.is_empty(leaf)) values[leaf] = mix(values[leaf], fresh[leaf], decay);
        learner.add(output, values, leaves);
        bound.add(arrays, tree);
    }
    return std::make_shared<const Model>(std::move(arrays));
}

template std::shared_ptr<const Model> refit(const Model&, const MatrixView<const float>&, VectorView<const double>,
                                            VectorView<const double>, MatrixView<const double>, Objective&,
                                            const TrainOptions&, double);
template std::shared_ptr<const Model> refit(const Model&, const MatrixView<const double>&, VectorView<const double>,
                                            VectorView<const double>, MatrixView<const double>, Objective&,
                                            const TrainOptions&, double);
template std::shared_ptr<const Model> refit(const Model&, const SparseRows<float>&, VectorView<const double>,
                                            VectorView<const double>, MatrixView<const double>, Objective&,
                                            const TrainOptions&, double);
template std::shared_ptr<const Model> refit(const Model&, const SparseRows<double>&, VectorView<const double>,
                                            VectorView<const double>, MatrixView<const double>, Objective&,
                                            const TrainOptions&, double);

}  // namespace hornbeam::boosting
