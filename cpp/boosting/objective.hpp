// A loss to boost: gradients and hessians with respect to the raw scores, for batches of rows.
//
// One virtual call per batch. To add an objective, add objectives/<name>.cpp that registers it: the estimators read
// the names from the registry, and the property tests run over it (finite differences, hessian >= 0, optimal constant).
// Sources: Friedman 2001 §4; softmax gradients as in Friedman, Hastie & Tibshirani 2000.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "boosting/row_weights.hpp"
#include "common/parallel.hpp"
#include "common/registry.hpp"

namespace hornbeam::boosting {

// Rows [first, first + n) of all: raw scores of output k at raw[k * stride + i]; likewise gradients and hessians.
struct ScoreBatch {
    const double* y;
    const double* raw;
    std::size_t stride;
    std::size_t n;
    std::size_t first = 0;
};

struct Targets {
    std::span<const double> y;
    const RowWeights& weights;
    parallel::ThreadLimit threads;
};

// What some losses are told by the user (docs/boosting.md §3); the others ignore it.
struct ObjectiveOptions {
    double quantile = 0.5;  // of `quantile`; of the errors that `huber` counts as squares
    double power = 1.5;     // of the variance of `tweedie`
};

// The rows of a leaf.
struct LeafRows {
    std::vector<double> residual;  // y - raw
    RowWeights weights;
};

class Objective {
  public:
    static constexpr std::string_view kKind = "objective";

    virtual ~Objective() = default;
    explicit Objective(const ObjectiveOptions& options) : options_(options) {}
    Objective(const Objective&) = delete;
    Objective& operator=(const Objective&) = delete;

    // Whether h = 1 for every row; may differ from iteration to iteration.
    [[nodiscard]] virtual bool has_constant_hessian() const { return false; }

    // Outputs for this number of classes; throws if there cannot be that many.
    [[nodiscard]] virtual std::size_t n_outputs(std::size_t /*n_classes*/) const { return 1; }

    // Throws ValueError unless every target is allowed.
    virtual void check_targets(std::span<const double> y, std::size_t n_outputs) const = 0;

    // These are called with the scores of all rows, on the thread that trains: at first, before the gradients of each
    // iteration, and before losses.
    virtual void start_fit(const Targets& /*targets*/, std::span<const double> /*raw*/) {}
    virtual void start_iteration(const Targets& /*targets*/, std::span<const double> /*raw*/) {}
    virtual void start_losses(std::span<const double> /*y*/, std::span<const double> /*raw*/) {}

    // The step of a leaf, given Newton's -G / (H + l2) and its sums G and H in one unit.
    [[nodiscard]] virtual double leaf_step(double newton, double /*G*/, double /*H*/) const { return newton; }

    // Whether leaves get values from leaf_value() rather than by such a step.
    [[nodiscard]] virtual bool has_own_leaf_values() const { return false; }
    [[nodiscard]] virtual double leaf_value(const LeafRows& /*rows*/) const { return 0.0; }

    // The constant raw scores that minimise the loss.
    [[nodiscard]] virtual std::vector<double> baseline(const Targets& targets, std::size_t n_outputs) const = 0;

    // h may be null if the hessian is constant.
    virtual void gradients(const ScoreBatch& batch, std::size_t n_outputs, double* g, double* h) const = 0;

    virtual void losses(const ScoreBatch& batch, std::size_t n_outputs, double* loss) const = 0;

  protected:
    [[nodiscard]] const ObjectiveOptions& options() const { return options_; }

  private:
    ObjectiveOptions options_;
};

// For losses of every real target.
void check_finite_targets(std::span<const double> y);

using ObjectiveRegistry = Registry<Objective, const ObjectiveOptions&>;

}  // namespace hornbeam::boosting
