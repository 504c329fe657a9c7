// Count, mean and sum of squared deviations of a weighted stream: Welford (1962) for one value, Chan, Golub & LeVeque
// (1979) for merging two summaries.
//
// Never sum(x^2) - n mean^2, which cancels when the mean is large against the deviations. M2 is a sum of terms that
// cannot be negative, so neither can the variance.
#pragma once

#include <cstdint>
#include <limits>

namespace hornbeam {

class RunningMoments {
  public:
    // Values of weight zero do not exist; weights are otherwise positive.
    void add(double value, double weight = 1.0) {
        if (weight == 0.0) return;
        ++count_;
        weight_ += weight;
        const double delta = value - mean_;
        mean_ += delta * (weight / weight_);
        m2_ += weight * delta * (value - mean_);
    }

    void merge(const RunningMoments& other) {
        if (other.count_ == 0) return;
        if (count_ == 0) {
            *this = other;
            return;
        }
        const double total = weight_ + other.weight_;
        const double delta = other.mean_ - mean_;
        m2_ += other.m2_ + delta * delta * (weight_ * (other.weight_ / total));
        mean_ += delta * (other.weight_ / total);
        weight_ = total;
        count_ += other.count_;
    }

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] double weight() const { return weight_; }
    [[nodiscard]] double mean() const { return count_ == 0 ? kNaN : mean_; }

    // Sum of weight * (value - mean)^2.
    [[nodiscard]] double m2() const { return m2_; }

    // M2 / (weight - ddof); NaN if that has no positive divisor. With ddof > 0 weights are frequencies.
    [[nodiscard]] double variance(double ddof = 0.0) const { return weight_ > ddof ? m2_ / (weight_ - ddof) : kNaN; }

  private:
    static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

    std::uint64_t count_ = 0;
    double weight_ = 0.0;
    double mean_ = 0.0;
    double m2_ = 0.0;
};

}  // namespace hornbeam
