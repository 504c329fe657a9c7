// Softmax cross-entropy on class indices: p = softmax(raw), g_k = p_k - [y = k], h_k = p_k (1 - p_k).
// The best constant is log of the class frequencies, centred: softmax does not see a common shift.
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

class MulticlassLogLoss final : public Objective {
  public:
    using Objective::Objective;

    [[nodiscard]] std::size_t n_outputs(std::size_t n_classes) const override {
        constexpr std::size_t kLimit = std::size_t{1} << 31;  // times rows, below 2^31 as well, it must not wrap
        check_argument(n_classes >= 2 && n_classes < kLimit,
                       "n_classes must be at least 2 and below 2^31 for multiclass_log_loss, got {}", n_classes);
        return n_classes;
    }

    void check_targets(std::span<const double> y, std::size_t n_outputs) const override {
        for (std::size_t i = 0; i < y.size(); ++i) {
            const bool in_range = y[i] >= 0.0 && y[i] < static_cast<double>(n_outputs);
            check_argument(in_range && y[i] == static_cast<double>(static_cast<std::size_t>(y[i])),
                           "y must be a class index below {}, got {} at row {}", n_outputs, y[i], i);
        }
    }

    [[nodiscard]] std::vector<double> baseline(const Targets& targets, std::size_t n_outputs) const override {
        constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
        std::vector<double> raw(n_outputs);
        std::vector<double> is_class(targets.y.size());
        double sum = 0.0;
        for (std::size_t k = 0; k < n_outputs; ++k) {
            for (std::size_t i = 0; i < is_class.size(); ++i)
                is_class[i] = targets.y[i] == static_cast<double>(k) ? 1.0 : 0.0;
            raw[k] = math::log(std::max(weighted_mean(is_class, targets.weights, targets.threads), kEpsilon));
            sum += raw[k];
        }
        for (double& r : raw) r -= sum / static_cast<double>(n_outputs);
        return raw;
    }

    void gradients(const ScoreBatch& batch, std::size_t n_outputs, double* g, double* h) const override {
        simd::active().softmax_gradients(batch.raw, batch.y, g, h, batch.stride, n_outputs, batch.n);
    }

    void losses(const ScoreBatch& batch, std::size_t n_outputs, double* loss) const override {
        simd::active().softmax_losses(batch.raw, batch.y, loss, batch.stride, n_outputs, batch.n);
    }
};

const ObjectiveRegistry::Add<MulticlassLogLoss> kMulticlassLogLoss{"multiclass_log_loss"};

}  // namespace
}  // namespace hornbeam::boosting
