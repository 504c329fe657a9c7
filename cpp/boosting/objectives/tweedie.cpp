// Half the Tweedie deviance of the mean exp(raw), for a variance that grows as mean^p with 1 < p < 2, up to what y alone
// adds (Jørgensen 1987): exp((2-p) raw) / (2-p) + y exp((1-p) raw) / (p-1).
#include "boosting/log_link.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {
namespace {

class Tweedie final : public Objective {
  public:
    using Objective::Objective;

    void check_targets(std::span<const double> y, std::size_t) const override {
        check_non_negative_targets(y, "tweedie");
    }

    [[nodiscard]] std::vector<double> baseline(const Targets& targets, std::size_t) const override {
        return log_of_mean(targets);
    }

    [[nodiscard]] double leaf_step(double newton, double G, double H) const override {
        return log_link_step(newton, G, H, options().power);
    }

    void gradients(const ScoreBatch& batch, std::size_t, double* g, double* h) const override {
        const double p = options().power;
        exp_of_multiple(2.0 - p, batch, g);
        exp_of_multiple(1.0 - p, batch, h);
        for (std::size_t i = 0; i < batch.n; ++i) {
            const double mean = g[i];
            const double target = batch.y[i] * h[i];
            g[i] = mean - target;
            h[i] = (2.0 - p) * mean + (p - 1.0) * target;
        }
    }

    void losses(const ScoreBatch& batch, std::size_t, double* loss) const override {
        const double p = options().power;
        std::vector<double> target(batch.n);
        exp_of_multiple(2.0 - p, batch, loss);
        exp_of_multiple(1.0 - p, batch, target.data());
        for (std::size_t i = 0; i < batch.n; ++i) loss[i] = loss[i] / (2.0 - p) + batch.y[i] * target[i] / (p - 1.0);
    }

  private:
    static void exp_of_multiple(double factor, const ScoreBatch& batch, double* out) {
        for (std::size_t i = 0; i < batch.n; ++i) out[i] = factor * batch.raw[i];
        simd::active().exp(out, out, batch.n);
    }
};

const ObjectiveRegistry::Add<Tweedie> kTweedie{"tweedie"};

}  // namespace
}  // namespace hornbeam::boosting
