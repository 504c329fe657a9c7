// Half squared error, (raw - y)^2 / 2: g = raw - y, h = 1; the best constant is the mean.
#include "boosting/objective.hpp"
#include "boosting/order_free_sum.hpp"

namespace hornbeam::boosting {
namespace {

class SquaredError final : public Objective {
  public:
    using Objective::Objective;

    [[nodiscard]] bool has_constant_hessian() const override { return true; }

    void check_targets(std::span<const double> y, std::size_t) const override { check_finite_targets(y); }

    [[nodiscard]] std::vector<double> baseline(const Targets& targets, std::size_t) const override {
        return {weighted_mean(targets.y, targets.weights, targets.threads)};
    }

    void gradients(const ScoreBatch& batch, std::size_t, double* g, double* h) const override {
        for (std::size_t i = 0; i < batch.n; ++i) g[i] = batch.raw[i] - batch.y[i];
        if (h)
            for (std::size_t i = 0; i < batch.n; ++i) h[i] = 1.0;
    }

    void losses(const ScoreBatch& batch, std::size_t, double* loss) const override {
        for (std::size_t i = 0; i < batch.n; ++i) {
            const double error = batch.raw[i] - batch.y[i];
            loss[i] = 0.5 * error * error;
        }
    }
};

const ObjectiveRegistry::Add<SquaredError> kSquaredError{"squared_error"};

}  // namespace
}  // namespace hornbeam::boosting
