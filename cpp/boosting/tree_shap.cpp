#include "boosting/tree_shap.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "boosting/gauss_legendre.hpp"
#include "boosting/shap_tree.hpp"
#include "common/aligned_buffer.hpp"
#include "common/fixed_point_sum.hpp"
#include "simd/cpu.hpp"

namespace hornbeam::boosting {

namespace {

using simd::kShapRows;

// Trees of so many nodes walk over a tile together: their factors fit a second-level cache.
constexpr std::int64_t kGroupNodes = 1024;
// A tree of more factors than these computes them anew for every tile, a strip of them between two polls.
constexpr std::size_t kMaxKeptFactors = std::size_t{1} << 18;
constexpr std::size_t kStripFactors = std::size_t{1} << 15;
constexpr std::size_t kChunkTiles = 4;
constexpr std::size_t kNanosecondsPerFactor = 1;
constexpr std::size_t kChunkCells = std::size_t{1} << 16;

struct TreeRange {
    std::size_t begin;
    std::size_t end;
    std::size_t step;

    [[nodiscard]] std::size_t size() const { return (end - begin + step - 1) / step; }
    [[nodiscard]] std::size_t tree(std::size_t i) const { return begin + i * step; }
};

// The features of some trees, ascending.
std::vector<std::int32_t> features_of(const ModelArrays& arrays, const TreeRange& trees) {
    std::vector<std::int32_t> features;
    for (std::size_t i = 0; i < trees.size(); ++i) {
        const auto first = arrays.feature.begin() + arrays.tree_offset[trees.tree(i)];
        features.insert(features.end(), first, arrays.feature.begin() + arrays.tree_offset[trees.tree(i) + 1]);
    }
    std::ranges::sort(features);
    features.erase(std::ranges::unique(features).begin(), features.end());
    return features;
}

void reserve(AlignedBuffer<double>& buffer, std::size_t size) {
    if (buffer.size() < size) buffer = AlignedBuffer<double>(size);
}

// Consecutive trees of one output, ready to be walked.
class Group {
  public:
    Group(const ModelArrays& arrays, const TreeRange& trees, int exponent, parallel::ThreadLimit threads)
        : features_(features_of(arrays, trees)) {
        std::vector<std::optional<ShapTree>> built(trees.size());
        parallel::for_chunks(trees.size(), threads, [&](std::size_t i, std::size_t) {
            built[i].emplace(arrays, trees.tree(i), features_, exponent);
        });
        for (std::optional<ShapTree>& tree : built) {
            walks_.push_back({std::move(*tree), {}});
            points_.try_emplace(walks_.back().tree.n_points, walks_.back().tree.n_points);
        }
        parallel::for_chunks(walks_.size(), threads, [&](std::size_t i, std::size_t) {
            Walk& walk = walks_[i];
            const std::size_t size = walk.tree.steps.size() * walk.tree.factors_per_step();
            if (size > kMaxKeptFactors) return;
            walk.factors = AlignedBuffer<double>(size, {});
            compute_factors(walk.tree, 0, walk.tree.steps.size(), walk.factors.data());
        });
    }

    [[nodiscard]] const std::vector<std::int32_t>& features() const { return features_; }

    [[nodiscard]] std::size_t n_factors() const {
        std::size_t n = 0;
        for (const Walk& walk : walks_) n += walk.tree.steps.size() * walk.tree.factors_per_step();
        return n;
    }

    // Of the trees alone.
    [[nodiscard]] double expected_value() const {
        double sum = 0.0;
        for (const Walk& walk : walks_) sum += walk.tree.expected_value;
        return sum;
    }

    // A worker's.
    struct Scratch {
        AlignedBuffer<double> values;         // [slot][row]
        AlignedBuffer<double> contributions;  // [slot][row]
        AlignedBuffer<double> products;
        AlignedBuffer<double> sums;
        AlignedBuffer<double> factors;
        std::vector<std::uint32_t> goes_left;
        std::vector<std::uint32_t> holds;

        void start(std::size_t n_slots) {
            reserve(values, n_slots * kShapRows);
            reserve(contributions, n_slots * kShapRows);
        }
    };

    // From scratch.values to scratch.contributions.
    void walk(const Model& model, Scratch& scratch) const {
        for (const Walk& walk : walks_)
            if (!walk.tree.steps.empty()) walk_tree(model, walk, scratch);
    }

  private:
    struct Walk {
        ShapTree tree;
        AlignedBuffer<double> factors;  // empty: too many to be kept
    };

    void compute_factors(const ShapTree& tree, std::size_t begin, std::size_t size, double* factors) const {
        const GaussLegendre& points = points_.at(tree.n_points);
        simd::active().shap_factors(tree.steps.data() + begin, size,
                                    {points.point.data(), points.complement.data(), points.size()}, factors);
    }

    static void ask_nodes(const Model& model, const ShapTree& tree, Scratch& scratch) {
        scratch.goes_left.resize(tree.slot.size());
        for (std::size_t node = 0; node < tree.slot.size(); ++node) {
            const double* x = scratch.values.data() + tree.slot[node] * kShapRows;
            std::uint32_t bits = 0;
            for (std::size_t i = 0; i < kShapRows; ++i)
                bits |= static_cast<std::uint32_t>(model.goes_left(tree.first_node + node, x[i])) << i;
            scratch.goes_left[node] = bits;
        }
    }

    void walk_tree(const Model& model, const Walk& walk, Scratch& scratch) const {
        const ShapTree& tree = walk.tree;
        const std::size_t matrix = tree.n_points * kShapRows;
        reserve(scratch.products, (tree.max_depth + 1) * matrix);
        reserve(scratch.sums, (tree.max_depth + 1) * matrix);
        ask_nodes(model, tree, scratch);
        scratch.holds.resize(tree.max_depth + 1);
        scratch.holds[0] = ~std::uint32_t{0};
        const std::vector<double>& weight = points_.at(tree.n_points).weight;
        for (std::size_t j = 0; j < matrix; ++j) {
            scratch.products[j] = weight[j / kShapRows];
            scratch.sums[j] = 0.0;
        }

        const simd::KernelTable& kernels = simd::active();
        const simd::ShapTile tile{scratch.goes_left.data(), scratch.holds.data(), scratch.products.data(),
                                  scratch.sums.data(), scratch.contributions.data()};
        if (!walk.factors.empty())
            return kernels.shap_walk(tree.steps.data(), tree.steps.size(), tree.n_points, walk.factors.data(), tile);
        const std::size_t strip = std::max<std::size_t>(1, kStripFactors / tree.factors_per_step());
        reserve(scratch.factors, strip * tree.factors_per_step());
        for (std::size_t begin = 0; begin < tree.steps.size(); begin += strip) {
            parallel::poll();
            const std::size_t size = std::min(strip, tree.steps.size() - begin);
            compute_factors(tree, begin, size, scratch.factors.data());
            kernels.shap_walk(tree.steps.data() + begin, size, tree.n_points, scratch.factors.data(), tile);
        }
    }

    std::vector<std::int32_t> features_;  // by slot
    std::map<std::size_t, GaussLegendre> points_;
    std::vector<Walk> walks_;
};

// Adds a group's contributions, which are in units of their own, to the columns of its output.
template <typename Table>
void add_group(const Model& model, const Group& group, std::size_t output, const Table& X, MatrixView<double> out,
               parallel::ThreadLimit threads) {
    const std::vector<std::int32_t>& features = group.features();
    if (features.empty()) return;
    constexpr std::size_t kChunkRows = kChunkTiles * kShapRows;
    const auto limit = parallel::limit_for(threads, X.n_rows / kShapRows * group.n_factors() * kNanosecondsPerFactor);
    parallel::for_chunks_with<Group::Scratch>(
        parallel::n_chunks_for(X.n_rows, kChunkRows), limit, [&](std::size_t chunk, Group::Scratch& scratch) {
            const std::size_t end = std::min(X.n_rows, (chunk + 1) * kChunkRows);
            for (std::size_t begin = chunk * kChunkRows; begin < end; begin += kShapRows) {
                const std::size_t n = std::min(kShapRows, end - begin);
                scratch.start(features.size());
                const auto for_each_cell = [&](auto&& f) {
                    for (std::size_t slot = 0; slot < features.size(); ++slot)
                        for (std::size_t i = 0; i < n; ++i)
                            f(slot * kShapRows + i, begin + i, static_cast<std::size_t>(features[slot]));
                };
                for_each_cell([&](std::size_t at, std::size_t row, std::size_t feature) {
                    scratch.values[at] = static_cast<double>(X(row, feature));
                    scratch.contributions[at] = out(row, feature * model.n_outputs() + output);
                });
                group.walk(model, scratch);
                for_each_cell([&](std::size_t at, std::size_t row, std::size_t feature) {
                    out(row, feature * model.n_outputs() + output) = scratch.contributions[at];
                });
            }
        });
}

// The trees of an output, a group at a time.
template <typename F>
void for_each_group(const Model& model, std::size_t output, F&& f) {
    const std::vector<std::int64_t>& offset = model.arrays().tree_offset;
    TreeRange group{output, output, model.n_outputs()};
    while (group.begin < model.n_trees()) {
        std::int64_t n_nodes = 0;
        for (group.end = group.begin; group.end < model.n_trees() && n_nodes < kGroupNodes; group.end += group.step)
            n_nodes += offset[group.end + 1] - offset[group.end];
        f(group);
        group.begin = group.end;
    }
}

// Every number is at most twice the largest score, so in units of this power of two nothing overflows.
int unit_of(const Model& model, std::size_t output) {
    double bound = std::fabs(model.arrays().baseline[output]);
    for (std::size_t tree = output; tree < model.n_trees(); tree += model.n_outputs())
        bound += model.arrays().largest_leaf(tree);
    return binary_exponent(bound);
}

// From units of 2^exponent to those of the scores. Features that no tree asks for are not touched: there may be many.
void to_scores(const Model& model, std::size_t output, int exponent, MatrixView<double> out,
               parallel::ThreadLimit threads) {
    const std::vector<std::int32_t> features =
        features_of(model.arrays(), {output, model.n_trees(), model.n_outputs()});
    const std::size_t grain = std::max<std::size_t>(1, kChunkCells / std::max<std::size_t>(features.size(), 1));
    const PowerOfTwo unit(exponent);
    parallel::for_ranges(out.n_rows, grain, threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            for (const std::int32_t feature : features) {
                double& value = out(i, static_cast<std::size_t>(feature) * model.n_outputs() + output);
                value = clipped_to_finite(unit.times(value));
            }
    });
}

}  // namespace

template <typename Table>
void add_contributions(const Model& model, const Table& X, MatrixView<double> out, parallel::ThreadLimit threads) {
    for (std::size_t k = 0; k < model.n_outputs(); ++k) {
        const int exponent = unit_of(model, k);
        double expected = PowerOfTwo(-exponent).times(model.arrays().baseline[k]);
        for_each_group(model, k, [&](const TreeRange& trees) {
            const Group group(model.arrays(), trees, exponent, threads);
            expected += group.expected_value();
            add_group(model, group, k, X, out, threads);
        });
        to_scores(model, k, exponent, out, parallel::limit_for(threads, X.n_rows * model.n_features()));
        for (std::size_t i = 0; i < X.n_rows; ++i)
            out(i, model.n_features() * model.n_outputs() + k) =
                clipped_to_finite(PowerOfTwo(exponent).times(expected));
    }
}

template void add_contributions(const Model&, const MatrixView<const float>&, MatrixView<double>,
                                parallel::ThreadLimit);
template void add_contributions(const Model&, const MatrixView<const double>&, MatrixView<double>,
                                parallel::ThreadLimit);
template void add_contributions(const Model&, const SparseRows<float>&, MatrixView<double>, parallel::ThreadLimit);
template void add_contributions(const Model&, const SparseRows<double>&, MatrixView<double>, parallel::ThreadLimit);

}  // namespace hornbeam::boosting
