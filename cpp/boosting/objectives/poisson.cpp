// Half the Poisson deviance of the mean exp(raw), up to what y alone adds: exp(raw) - y raw.
#include "boosting/log_link.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {
namespace {

class Poisson final : public Objective {
  public:
    using Objective::Objective;

    void check_targets(std::span<const double> y, std::size_t) const override {
        check_non_negative_targets(y, "poisson");
    }

    [[nodiscard]] std::vector<double> baseline(const Targets& targets, std::size_t) const override {
        return log_of_mean(targets);
    }

    [[nodiscard]] double leaf_step(double newton, double G, double H) const override {
        return log_link_step(newton, G, H, 1.0);
    }

    void gradients(const ScoreBatch& batch, std::size_t, double* g, double* h) const override {
        simd::active().exp(batch.raw, h, batch.n);
        for (std::size_t i = 0; i < batch.n; ++i) g[i] = h[i] - batch.y[i];
    }

    void losses(const ScoreBatch& batch, std::size_t, double* loss) const override {
        simd::active().exp(batch.raw, loss, batch.n);
        for (std::size_t i = 0; i < batch.n; ++i) loss[i] -= batch.y[i] * batch.raw[i];
    }
};

const ObjectiveRegistry::Add<Poisson> kPoisson{"poisson"};

}  // namespace
}  // namespace hornbeam::boosting
