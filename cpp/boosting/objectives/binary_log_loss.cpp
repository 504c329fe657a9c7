// Logistic loss on y in {0, 1}: p = sigmoid(raw), g = p - y, h = p (1 - p); the best constant is the log-odds.
#include <algorithm>
#include <limits>

#include "boosting/objective.hpp"
#include "boosting/order_free_sum.hpp"
#include "common/error.hpp"
#include "common/math.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {
namespace {

class BinaryLogLoss final : public Objective {
  public:
    using Objective::Objective;

    void check_targets(std::span<const double> y, std::size_t) const override {
        for (std::size_t i = 0; i < y.size(); ++i)
            check_argument(y[i] == 0.0 || y[i] == 1.0, "y must be 0 or 1 for binary_log_loss, got {} at row {}", y[i],
                           i);
    }

    [[nodiscard]] std::vector<double> baseline(const Targets& targets, std::size_t) const override {
        constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
        const double p =
            std::clamp(weighted_mean(targets.y, targets.weights, targets.threads), kEpsilon, 1.0 - kEpsilon);
        return {math::log(p / (1.0 - p))};
    }

    void gradients(const ScoreBatch& batch, std::size_t, double* g, double* h) const override {
        simd::active().logistic_gradients(batch.raw, batch.y, g, h, batch.n);
    }

    void losses(const ScoreBatch& batch, std::size_t, double* loss) const override {
        simd::active().logistic_losses(batch.raw, batch.y, loss, batch.n);
    }
};

const ObjectiveRegistry::Add<BinaryLogLoss> kBinaryLogLoss{"binary_log_loss"};

}  // namespace
}  // namespace hornbeam::boosting
