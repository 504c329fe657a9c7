#include "boosting/leaf_learner.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "boosting/tree.hpp"
#include "common/error.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kChunkRows = 8192;
constexpr std::size_t kNanosecondsPerGradient = 5;
constexpr std::size_t kNanosecondsPerSum = 4;
constexpr std::size_t kNanosecondsPerResidual = 20;

std::uint64_t total_count(std::span<const std::uint16_t> rows, const std::uint32_t* count) {
    if (count == nullptr) return rows.size();
    return std::transform_reduce(rows.begin(), rows.end(), std::uint64_t{0}, std::plus<>{},
                                 [&](std::uint16_t row) { return std::uint64_t{count[row]}; });
}

}  // namespace

bool LeafPartition::is_empty(std::size_t leaf) const {
    for (std::size_t b = 0; b < n_blocks(); ++b)
        if (!at(b, leaf).empty()) return false;
    return true;
}

std::vector<std::size_t> LeafPartition::rows_of(std::span<const std::size_t> some_leaves) const {
    std::vector<std::size_t> found;
    std::size_t n = 0;
    for (const std::size_t leaf : some_leaves)
        for (std::size_t b = 0; b < n_blocks(); ++b) n += at(b, leaf).size();
    found.reserve(n);
    for (const std::size_t leaf : some_leaves)
        for (std::size_t b = 0; b < n_blocks(); ++b)
            for (const std::uint16_t row : at(b, leaf)) found.push_back(first_row[b] + row);
    return found;
}

LeafLearner::LeafLearner(Objective& objective, ScoredRows& rows, std::size_t n_outputs, const LeafOptions& options,
                         parallel::ThreadLimit threads)
    : objective_(objective),
      rows_(rows),
      n_outputs_(n_outputs),
      options_(options),
      threads_(threads),
      g_(n_outputs * rows.n_rows()) {}

void LeafLearner::compute_gradients() {
    const std::size_t n = rows_.n_rows();
    const std::vector<double>& factor = rows_.weights.factor;
    sample_ = nullptr;
    objective_.start_iteration({rows_.y, rows_.weights, threads_}, rows_.raw);
    h_.resize(objective_.has_constant_hessian() && factor.empty() ? 0 : g_.size());
    const auto limit = parallel::limit_for(threads_, n * n_outputs_ * kNanosecondsPerGradient);
    parallel::for_ranges(n, kChunkRows, limit, [&](std::size_t begin, std::size_t end) {
        double* g = g_.data() + begin;
        double* h = h_.empty() ? nullptr : h_.data() + begin;
        const std::size_t size = end - begin;
        objective_.gradients({rows_.y.data() + begin, rows_.raw.data() + begin, n, size, begin}, n_outputs_, g, h);
        if (factor.empty() || h == nullptr) return;  // with weights there are always hessians
        for (std::size_t k = 0; k < n_outputs_; ++k)
            for (std::size_t i = 0; i < size; ++i) {
                g[k * n + i] *= factor[begin + i];
                h[k * n + i] *= factor[begin + i];
            }
    });
}

void LeafLearner::learn_from(const RowSample& sample) {
    sample_ = &sample;
    if (sample.divides() && h_.empty()) h_.assign(g_.size(), 1.0);
    const std::size_t n = rows_.n_rows();
    const auto limit = parallel::limit_for(threads_, n * n_outputs_ * kNanosecondsPerGradient);
    parallel::for_chunks(sample.n_blocks(), limit, [&](std::size_t b, std::size_t) {
        for (std::vector<double>* x : {&g_, &h_}) {
            for (std::size_t first = sample.first_row[b]; first < x->size(); first += n) {
                double* at = x->data() + first;
                for (const std::uint16_t row : sample.others(b)) at[row] = 0.0;
                if (!sample.divides()) continue;
                for (const std::uint16_t row : sample.drawn(b)) at[row] /= sample.divisor(sample.first_row[b] + row);
            }
        }
    });
}

TrueGradients LeafLearner::gradients(std::size_t output) const {
    const std::size_t first = output * rows_.n_rows();
    return {g_.data() + first, h_.empty() ? nullptr : h_.data() + first};
}

std::vector<double> LeafLearner::leaf_values(std::size_t output, const QuantisedGradients& quantised,
                                             const LeafPartition& leaves, const MonotoneTree& order,
                                             std::span<const double> old) const {
    std::vector<double> values(old.begin(), old.end());
    std::vector<double> node_values = order.is_ordered() ? order.middle_values(old) : std::vector<double>{};
    if (objective_.has_own_leaf_values()) {
        std::vector<std::vector<std::size_t>> groups(leaves.n_leaves);
        for (std::size_t leaf = 0; leaf < leaves.n_leaves; ++leaf) groups[leaf] = {leaf};
        find_own_values(output, leaves, groups, values);
        if (order.is_ordered()) {
            groups.assign(order.n_nodes(), {});
            for (const std::size_t node : order.bounding_nodes()) groups[node] = order.leaves_below(node);
            find_own_values(output, leaves, groups, node_values);
        }
    } else {
        const std::vector<Sums> sums = leaf_sums(quantised, gradients(output), leaves);
        const auto learn = [&](std::span<const Sums> from, std::span<double> to) {
            for (std::size_t i = 0; i < to.size(); ++i)
                if (from[i].n_rows > 0) to[i] = newton_value(quantised, from[i]);
        };
        learn(sums, values);
        if (order.is_ordered()) learn(order.summed<Sums>(sums), node_values);
    }
    if (order.is_ordered()) order.bound(node_values, values);
    return values;
}

void LeafLearner::Sums::operator+=(const Sums& other) {
    gradient += other.gradient;
    hessian += other.hessian;
    count += other.count;
    n_rows += other.n_rows;
}

std::vector<LeafLearner::Sums> LeafLearner::leaf_sums(const QuantisedGradients& quantised, const TrueGradients& exact,
                                                      const LeafPartition& leaves) const {
    const simd::KernelTable& kernels = simd::active();
    const PowerOfTwo g = quantised.gradient_sum.to_fixed();
    const PowerOfTwo h = quantised.hessian_sum.to_fixed();
    std::vector<Sums> partial(leaves.rows.size());
    const auto limit = parallel::limit_for(threads_, rows_.n_rows() * kNanosecondsPerSum);
    parallel::for_chunks(leaves.n_blocks(), limit, [&](std::size_t b, std::size_t) {
        const std::size_t base = leaves.first_row[b];
        const std::uint32_t* count = quantised.count ? quantised.count + base : nullptr;
        for (std::size_t leaf = 0; leaf < leaves.n_leaves; ++leaf) {
            const std::span<const std::uint16_t> rows = leaves.at(b, leaf);
            const simd::LeafSums sums = kernels.leaf_sums(
                exact.g + base, exact.h ? exact.h + base : nullptr, count, rows.data(), rows.size(),
                {g.first, g.second, quantised.gradient_sum.bits}, {h.first, h.second, quantised.hessian_sum.bits});
            partial[b * leaves.n_leaves + leaf] = {{sums.gradient.hi, sums.gradient.lo},
                                                   {sums.hessian.hi, sums.hessian.lo},
                                                   exact.h ? 0 : total_count(rows, count),
                                                   rows.size()};
        }
    });
    std::vector<Sums> totals(leaves.n_leaves);
    for (std::size_t b = 0; b < leaves.n_blocks(); ++b)
        for (std::size_t leaf = 0; leaf < leaves.n_leaves; ++leaf) totals[leaf] += partial[b * leaves.n_leaves + leaf];
    return totals;
}

double LeafLearner::newton_value(const QuantisedGradients& quantised, const Sums& sums) const {
    const LeafGradients totals{
        sums.gradient.value(quantised.gradient_sum),
        h_.empty() ? static_cast<double>(sums.count) : sums.hessian.value(quantised.hessian_sum)};
    return newton_leaf(objective_, options_, totals, quantised.gradient_exponent, quantised.hessian_exponent);
}

void LeafLearner::find_own_values(std::size_t output, const LeafPartition& leaves,
                                  const std::vector<std::vector<std::size_t>>& groups, std::span<double> values) const {
    const double* raw = rows_.raw.data() + output * rows_.n_rows();
    const auto limit = parallel::limit_for(threads_, rows_.n_rows() * kNanosecondsPerResidual);
    parallel::for_chunks(values.size(), limit, [&](std::size_t i, std::size_t) {
        const std::vector<std::size_t> rows = leaves.rows_of(groups[i]);
        if (!rows.empty()) values[i] = own_value(raw, rows);
    });
}

double LeafLearner::own_value(const double* raw, const std::vector<std::size_t>& rows) const {
    LeafRows leaf_rows{{}, weights_of(rows)};
    leaf_rows.residual.reserve(rows.size());
    for (const std::size_t row : rows) {
        leaf_rows.residual.push_back(rows_.y[row] - raw[row]);
        check_argument(std::isfinite(leaf_rows.residual.back()),
                       "the errors of the predictions left the float64 range: y is too large");
    }
    return clipped_to_finite(options_.learning_rate * objective_.leaf_value(leaf_rows));
}

RowWeights LeafLearner::weights_of(const std::vector<std::size_t>& rows) const {
    const RowWeights& all = rows_.weights;
    if (sample_ == nullptr || !sample_->divides()) return all.subset(rows);
    std::vector<double> weight;
    weight.reserve(rows.size());
    for (const std::size_t row : rows) {
        const double own = all.count.empty() ? 1.0 : static_cast<double>(all.count[row]);
        weight.push_back(own * (all.factor.empty() ? 1.0 : all.factor[row]) / sample_->divisor(row));
    }
    return RowWeights::from({weight.data(), weight.size(), 1}, weight.size());
}

void LeafLearner::add(std::size_t output, std::span<const double> values, const LeafPartition& leaves) {
    double* raw = rows_.raw.data() + output * rows_.n_rows();
    parallel::for_chunks(leaves.n_blocks(), parallel::limit_for(threads_, rows_.n_rows()),
                         [&](std::size_t b, std::size_t) {
                             double* block_raw = raw + leaves.first_row[b];
                             for (std::size_t leaf = 0; leaf < leaves.n_leaves; ++leaf)
                                 for (const std::uint16_t row : leaves.at(b, leaf)) block_raw[row] += values[leaf];
                         });
}

}  // namespace hornbeam::boosting
