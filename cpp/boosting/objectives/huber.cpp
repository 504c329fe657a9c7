// Huber's loss: squares of errors up to d, lines beyond. d is a quantile of the magnitudes of the errors, taken anew before
// each iteration, and leaves take one step from their median (Friedman 2001, algorithm 4).
#include <algorithm>
#include <cmath>

#include "boosting/objective.hpp"
#include "boosting/order_free_sum.hpp"
#include "boosting/weighted_quantile.hpp"

namespace hornbeam::boosting {
namespace {

class Huber final : public Objective {
  public:
    using Objective::Objective;

    [[nodiscard]] bool has_constant_hessian() const override { return true; }

    [[nodiscard]] bool has_own_leaf_values() const override { return true; }

    void check_targets(std::span<const double> y, std::size_t) const override { check_finite_targets(y); }

    void start_fit(const Targets& targets, std::span<const double> raw) override {
        start_iteration(targets, raw);
        loss_d_ = d_;
    }

    void start_iteration(const Targets& targets, std::span<const double> raw) override {
        d_ = largest_square(targets, [&](std::size_t i) { return raw[i]; });
    }

    [[nodiscard]] std::vector<double> baseline(const Targets& targets, std::size_t) const override {
        // Each step minimises a parabola that lies above the loss and touches it at c.
        double c = weighted_quantile(targets.y, targets.weights.bin_weight, 0.5);
        const double d = largest_square(targets, [&](std::size_t) { return c; });
        for (int i = 0; i < 30; ++i) {
            const double step = mean_clipped(targets.y, c, d, targets.weights, targets.threads);
            c += step;
            if (std::fabs(step) <= 0x1p-30 * d) break;
        }
        return {c};
    }

    [[nodiscard]] double leaf_value(const LeafRows& rows) const override {
        const double median = weighted_quantile(rows.residual, rows.weights.bin_weight, 0.5);
        return median + mean_clipped(rows.residual, median, d_, rows.weights, {1});
    }

    void gradients(const ScoreBatch& batch, std::size_t, double* g, double* h) const override {
        for (std::size_t i = 0; i < batch.n; ++i) g[i] = std::clamp(batch.raw[i] - batch.y[i], -d_, d_);
        if (h)
            for (std::size_t i = 0; i < batch.n; ++i) h[i] = 1.0;
    }

    void losses(const ScoreBatch& batch, std::size_t, double* loss) const override {
        for (std::size_t i = 0; i < batch.n; ++i) {
            const double error = std::fabs(batch.raw[i] - batch.y[i]);
            loss[i] = error <= loss_d_ ? 0.5 * error * error : loss_d_ * (error - 0.5 * loss_d_);
        }
    }

  private:
    // The quantile of |y - prediction|.
    template <typename Prediction>
    [[nodiscard]] double largest_square(const Targets& targets, Prediction&& prediction) const {
        std::vector<double> error(targets.y.size());
        for (std::size_t i = 0; i < error.size(); ++i) error[i] = std::fabs(targets.y[i] - prediction(i));
        return weighted_quantile(error, targets.weights.bin_weight, options().quantile);
    }

    // The mean of x - c, clipped to [-d, d].
    static double mean_clipped(std::span<const double> x, double c, double d, const RowWeights& weights,
                               parallel::ThreadLimit threads) {
        std::vector<double> clipped(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) clipped[i] = std::clamp(x[i] - c, -d, d);
        return weighted_mean(clipped, weights, threads);
    }

    double d_ = 0.0;
    double loss_d_ = 0.0;  // the first d: losses of different iterations are to be compared
};

const ObjectiveRegistry::Add<Huber> kHuber{"huber"};

}  // namespace
}  // namespace hornbeam::boosting
