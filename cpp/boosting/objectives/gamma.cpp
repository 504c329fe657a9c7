// Half the gamma deviance of the mean exp(raw), up to what y alone adds: raw + y exp(-raw).
#include "boosting/log_link.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {
namespace {

class Gamma final : public Objective {
  public:
    using Objective::Objective;

    void check_targets(std::span<const double> y, std::size_t) const override {
        for (std::size_t i = 0; i < y.size(); ++i)
            check_argument(y[i] > 0.0 && std::isfinite(y[i]),
                           "y must be positive and finite for gamma, got {} at row {}", y[i], i);
    }

    [[nodiscard]] std::vector<double> baseline(const Targets& targets, std::size_t) const override {
        return log_of_mean(targets);
    }

    [[nodiscard]] double leaf_step(double newton, double G, double H) const override {
        return log_link_step(newton, G, H, 2.0);
    }

    void gradients(const ScoreBatch& batch, std::size_t, double* g, double* h) const override {
        ratios(batch, h);
        for (std::size_t i = 0; i < batch.n; ++i) g[i] = 1.0 - h[i];
    }

    void losses(const ScoreBatch& batch, std::size_t, double* loss) const override {
        ratios(batch, loss);
        for (std::size_t i = 0; i < batch.n; ++i) loss[i] += batch.raw[i];
    }

  private:
    // y exp(-raw)
    static void ratios(const ScoreBatch& batch, double* ratio) {
        for (std::size_t i = 0; i < batch.n; ++i) ratio[i] = -batch.raw[i];
        simd::active().exp(ratio, ratio, batch.n);
        for (std::size_t i = 0; i < batch.n; ++i) ratio[i] *= batch.y[i];
    }
};

const ObjectiveRegistry::Add<Gamma> kGamma{"gamma"};

}  // namespace
}  // namespace hornbeam::boosting
