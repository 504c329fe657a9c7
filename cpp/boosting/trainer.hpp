// The boosting loop, one iteration per call (Friedman 2001, algorithm 1; Newton steps).
//
//   raw scores -> gradients (all outputs) -> draw rows -> per output: quantise -> grow a tree -> add its leaves to the raw scores
//
// The caller owns the loop around it: early stopping, callbacks and scores live in Python. An exception from boost()
// leaves the trainer broken: every later use throws.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "boosting/binned_matrix.hpp"
#include "boosting/fit_profile.hpp"
#include "boosting/gradient_quantiser.hpp"
#include "boosting/grower.hpp"
#include "boosting/leaf_learner.hpp"
#include "boosting/model.hpp"
#include "boosting/objective.hpp"
#include "boosting/predictor.hpp"
#include "boosting/row_sampler.hpp"
#include "boosting/score_bound.hpp"
#include "boosting/scored_rows.hpp"

namespace hornbeam::boosting {

struct TrainOptions {
    std::size_t n_classes = 1;
    std::size_t max_bins = kMaxValueBins;
    std::vector<std::size_t> n_categories;  // per feature, 0 where values are numbers; empty: all are
    SamplingOptions sampling;
    GrowOptions grow;
    LeafOptions leaf;
    parallel::ThreadLimit threads;
};

class Trainer {
  public:
    // X: a MatrixView or SparseRows, of float or double. init_score (n_rows, n_outputs): raw scores to start from in place of the constant baseline, which is then zero; null if
    // there are none. initial: continue from these trees (their baseline included).
    template <typename Table>
    Trainer(const Table& X, VectorView<const double> y, VectorView<const double> weight,
            MatrixView<const double> init_score, std::unique_ptr<Objective> objective, const TrainOptions& options,
            std::shared_ptr<const Predictor> initial);
    Trainer(const Trainer&) = delete;  // its parts refer to one another
    Trainer& operator=(const Trainer&) = delete;

    template <typename Table>
    void set_validation(const Table& X, VectorView<const double> y, VectorView<const double> weight,
                        MatrixView<const double> init_score);

    void boost();

    [[nodiscard]] std::shared_ptr<const Model> model() const;
    [[nodiscard]] std::size_t n_outputs() const { return n_outputs_; }
    [[nodiscard]] std::size_t n_iterations() const { return (arrays_.tree_offset.size() - 1) / n_outputs_; }
    [[nodiscard]] const ScoredRows& train_rows() const;
    [[nodiscard]] const ScoredRows& validation_rows() const;  // throws if none were set
    [[nodiscard]] double loss(const ScoredRows& rows) const;
    [[nodiscard]] const FitProfile& profile() const { return profile_; }

  private:
    struct BinnedTable {
        BinMapper mapper;
        BinnedMatrix X;

        template <typename Float>
        static BinnedTable make(MatrixView<const Float> X, const RowWeights& weights, const TrainOptions& options,
                                FitProfile& profile);
        template <typename Float>
        static BinnedTable make(const SparseRows<Float>& X, const RowWeights& weights, const TrainOptions& options,
                                FitProfile& profile);
    };
    struct Validation {
        BinnedMatrix X;
        ScoredRows rows;
    };

    template <typename Float>
    [[nodiscard]] BinnedMatrix bin_others(MatrixView<const Float> X) const;
    template <typename Float>
    [[nodiscard]] BinnedMatrix bin_others(const SparseRows<Float>& X) const;
    [[nodiscard]] std::size_t n_features() const { return table_.X.n_features(); }
    void start_arrays(bool has_init_score);
    void continue_arrays(const Model& model);
    // Raw scores before the first iteration; docs/boosting.md §3 fixes the order of the additions.
    template <typename Table>
    void start_scores(const Table& X, MatrixView<const double> init_score, ScoredRows& rows);
    // Of the iteration that begins; null: all.
    [[nodiscard]] const RowSample* draw_rows();
    [[nodiscard]] Tree grow_tree(std::size_t output, const RowSample* sample);
    void add_to_validation(const Tree& tree, std::size_t output);
    void check_usable() const;

    TrainOptions options_;
    FitProfile profile_;
    std::unique_ptr<Objective> objective_;
    std::size_t n_outputs_;
    std::shared_ptr<const Predictor> initial_;
    ScoredRows train_;
    BinnedTable table_;
    GradientQuantiser quantiser_;
    std::optional<RowSampler> sampler_;
    Grower grower_;
    ModelArrays arrays_;
    ScoreBound bound_;
    LeafLearner learner_;
    std::optional<Validation> validation_;
    bool broken_ = false;
};

}  // namespace hornbeam::boosting
