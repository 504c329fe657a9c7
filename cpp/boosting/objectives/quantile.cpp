// Pinball loss (Koenker & Bassett 1978), whose best constant is a quantile, and its case of absolute errors. Leaves get the
// exact quantile of their residuals (Friedman 2001, algorithm 3): the gradient knows only their sign.
#include "boosting/objective.hpp"
#include "boosting/weighted_quantile.hpp"

namespace hornbeam::boosting {
namespace {

class Pinball : public Objective {
  public:
    // Of errors below and above the target: loss per unit of error.
    struct Slopes {
        double below;
        double above;
    };

    Pinball(const ObjectiveOptions& options, double level, Slopes slopes)
        : Objective(options), level_(level), slopes_(slopes) {}

    [[nodiscard]] bool has_constant_hessian() const override { return true; }

    [[nodiscard]] bool has_own_leaf_values() const override { return true; }

    void check_targets(std::span<const double> y, std::size_t) const override { check_finite_targets(y); }

    [[nodiscard]] std::vector<double> baseline(const Targets& targets, std::size_t) const override {
        return {weighted_quantile(targets.y, targets.weights.bin_weight, level_)};
    }

    [[nodiscard]] double leaf_value(const LeafRows& rows) const override {
        return weighted_quantile(rows.residual, rows.weights.bin_weight, level_);
    }

    void gradients(const ScoreBatch& batch, std::size_t, double* g, double* h) const override {
        for (std::size_t i = 0; i < batch.n; ++i) {
            const double above = batch.raw[i] > batch.y[i] ? slopes_.above : 0.0;
            g[i] = batch.raw[i] < batch.y[i] ? -slopes_.below : above;
        }
        if (h)
            for (std::size_t i = 0; i < batch.n; ++i) h[i] = 1.0;
    }

    void losses(const ScoreBatch& batch, std::size_t, double* loss) const override {
        for (std::size_t i = 0; i < batch.n; ++i) {
            const double error = batch.raw[i] - batch.y[i];
            loss[i] = error > 0.0 ? slopes_.above * error : -slopes_.below * error;
        }
    }

  private:
    double level_;
    Slopes slopes_;
};

class Quantile final : public Pinball {
  public:
    explicit Quantile(const ObjectiveOptions& options)
        : Pinball(options, options.quantile, {options.quantile, 1.0 - options.quantile}) {}
};

class AbsoluteError final : public Pinball {
  public:
    explicit AbsoluteError(const ObjectiveOptions& options) : Pinball(options, 0.5, {1.0, 1.0}) {}
};

const ObjectiveRegistry::Add<Quantile> kQuantile{"quantile"};
const ObjectiveRegistry::Add<AbsoluteError> kAbsoluteError{"absolute_error"};

}  // namespace
}  // namespace hornbeam::boosting
