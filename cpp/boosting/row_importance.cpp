#include "boosting/row_importance.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "boosting/order_free_sum.hpp"
#include "common/error.hpp"

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kChunkRows = 16384;
constexpr std::size_t kStripRows = 256;
constexpr std::size_t kNanosecondsPerRow = 4;

// Classes of squares: 0 for none at all, then from 2^-60 on 32 to an octave, up to 2^200, which none exceeds.
constexpr int kSmallest = -60;
constexpr int kLargest = 200;
constexpr int kFractionBits = 5;
constexpr std::size_t kClasses = 1 + ((kLargest - kSmallest) << kFractionBits);
constexpr int kDroppedBits = 52 - kFractionBits;
constexpr std::uint64_t kFirstBits = (std::uint64_t{1023} + kSmallest) << kFractionBits;

std::uint16_t class_of_square(double square) {
    if (square == 0.0) return 0;
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(square) >> kDroppedBits;
    return static_cast<std::uint16_t>(1 +
                                      std::min(std::max(bits, kFirstBits) - kFirstBits, std::uint64_t{kClasses - 2}));
}

double importance_of_class(std::size_t c) {
    return c == 0 ? 0.0 : std::sqrt(std::bit_cast<double>((kFirstBits + (c - 1)) << kDroppedBits));
}

// min(1, s / mu) of each class, such that the expected number of rows is the wanted one.
std::vector<double> probabilities(const std::vector<std::uint32_t>& n_rows, double n_wanted) {
    std::vector<double> importance(kClasses);
    std::vector<double> sum(kClasses, 0.0);  // up to and with the class, from the smallest on
    for (std::size_t c = 1; c < kClasses; ++c) {
        importance[c] = importance_of_class(c);
        sum[c] = sum[c - 1] + static_cast<double>(n_rows[c]) * importance[c];
    }
    // From the top, as many classes are certain as must be for the others to be likely enough.
    double left = n_wanted;
    std::size_t c = kClasses - 1;
    for (; c > 0 && (n_rows[c] == 0 || importance[c] * left > sum[c]); --c) left -= static_cast<double>(n_rows[c]);
    std::vector<double> probability(kClasses, 1.0);
    const double mu = sum[c] / left;
    for (std::size_t i = 0; i <= c; ++i) probability[i] = c == 0 ? 0.0 : std::min(1.0, importance[i] / mu);
    return probability;
}

// Of all outputs together.
double sum_of_magnitudes(std::span<const double> x, double largest, const RowWeights& weights,
                         parallel::ThreadLimit threads) {
    double sum = 0.0;
    for (std::size_t first = 0; first < x.size(); first += weights.n_rows)
        sum += order_free_sum_of_magnitudes(x.subspan(first, weights.n_rows), largest, weights, weights.total_count,
                                            threads)
                   .value;
    return sum;
}

}  // namespace

void RowImportance::find(std::span<const double> g, std::span<const double> h, double n_wanted,
                         std::vector<std::uint16_t>& class_of, std::vector<double>& probability) const {
    probability = probabilities(classify(g, h, class_of), n_wanted);
}

RowImportance::Units RowImportance::units(std::span<const double> g, std::span<const double> h) const {
    const double largest_g = max_magnitude(g, threads_);
    const double largest_h = h.empty() ? 1.0 : max_magnitude(h, threads_);
    check_argument(std::isfinite(largest_g) && std::isfinite(largest_h),
                   "the gradients left the float64 range: y, sample_weight or learning_rate is too large");
    const double sum_g = sum_of_magnitudes(g, largest_g, weights_, threads_);
    const std::size_t n_outputs = g.size() / weights_.n_rows;
    const double sum_h = h.empty() ? static_cast<double>(n_outputs) * (0.5 * static_cast<double>(weights_.total_count))
                                   : sum_of_magnitudes(h, largest_h, weights_, threads_);
    return {binary_exponent(largest_g), binary_exponent(largest_h), sum_h > 0.0 ? sum_g / sum_h : 0.0};
}

std::vector<std::uint32_t> RowImportance::classify(std::span<const double> g, std::span<const double> h,
                                                   std::vector<std::uint16_t>& class_of) const {
    const Units unit = units(g, h);
    const PowerOfTwo g_factor(-unit.gradient);
    const PowerOfTwo h_factor(-unit.hessian);
    const std::size_t n = weights_.n_rows;
    class_of.resize(n);
    const parallel::ThreadLimit limit = parallel::limit_for(threads_, g.size() * kNanosecondsPerRow);
    std::vector<std::vector<std::uint32_t>> n_rows(parallel::n_workers(limit), std::vector<std::uint32_t>(kClasses));
    parallel::for_chunks(
        parallel::n_chunks_for(n, kChunkRows), {n_rows.size()}, [&](std::size_t chunk, std::size_t worker) {
            double square[kStripRows];
            const std::size_t chunk_end = std::min(n, (chunk + 1) * kChunkRows);
            for (std::size_t begin = chunk * kChunkRows; begin < chunk_end; begin += kStripRows) {
                const std::size_t m = std::min(kStripRows, chunk_end - begin);
                std::fill_n(square, m, 0.0);
                for (std::size_t first = begin; first < g.size(); first += n)
                    for (std::size_t i = 0; i < m; ++i) {
                        const double a = g_factor.times(g[first + i]);
                        const double b = unit.ratio * (h.empty() ? 0.5 : h_factor.times(h[first + i]));
                        square[i] += a * a + b * b;
                    }
                for (std::size_t i = 0; i < m; ++i) {
                    const double count = weights_.count.empty() ? 1.0 : static_cast<double>(weights_.count[begin + i]);
                    const std::uint16_t c = class_of_square(square[i] * (count * count));
                    class_of[begin + i] = c;
                    ++n_rows[worker][c];
                }
            }
        });
    for (std::size_t worker = 1; worker < n_rows.size(); ++worker)
        std::ranges::transform(n_rows[0], n_rows[worker], n_rows[0].begin(), std::plus<>{});
    return std::move(n_rows.front());
}

}  // namespace hornbeam::boosting
