#include "boosting/quantised_forest.hpp"

#include <algorithm>

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kPlaneLeaves = 8;

struct Children {
    std::size_t left;
    std::size_t right;
};

// Nodes count from 0, leaves on from there.
std::vector<Children> children_of(const ModelArrays& arrays, std::size_t tree) {
    const auto first = static_cast<std::size_t>(arrays.tree_offset[tree]);
    const auto n_nodes = static_cast<std::size_t>(arrays.tree_offset[tree + 1]) - first;
    const auto place = [&](std::int32_t child) {
        return child >= 0 ? static_cast<std::size_t>(child) : n_nodes + static_cast<std::size_t>(~child);
    };
    std::vector<Children> children(n_nodes);
    for (std::size_t node = 0; node < n_nodes; ++node)
        children[node] = {place(arrays.left[first + node]), place(arrays.right[first + node])};
    return children;
}

std::span<const double> leaf_values_of(const ModelArrays& arrays, std::size_t tree) {
    const auto first = static_cast<std::size_t>(arrays.leaf_offset[tree]);
    return {arrays.leaf_value.data() + first, static_cast<std::size_t>(arrays.leaf_offset[tree + 1]) - first};
}

}  // namespace

std::optional<QuantisedForest> QuantisedForest::from(const Model& model, IterationRange iterations) {
    const ModelArrays& arrays = model.arrays();
    const std::size_t first_tree = iterations.begin * model.n_outputs();
    const std::size_t end_tree = iterations.end * model.n_outputs();
    for (std::size_t tree = first_tree; tree < end_tree; ++tree)
        if (arrays.tree_offset[tree + 1] - arrays.tree_offset[tree] > kMaxNodes) return std::nullopt;

    // Sorted pairs: memory follows the nodes, not the number of features that a file claims.
    std::vector<Cut> cuts;
    const auto first_node = static_cast<std::size_t>(arrays.tree_offset[first_tree]);
    const auto end_node = static_cast<std::size_t>(arrays.tree_offset[end_tree]);
    cuts.reserve(end_node - first_node);
    for (std::size_t i = first_node; i < end_node; ++i) cuts.push_back({arrays.feature[i], arrays.threshold[i]});
    std::ranges::sort(cuts, [](const Cut& a, const Cut& b) {
        return a.feature != b.feature ? a.feature < b.feature : a.threshold < b.threshold;
    });
    cuts.erase(std::ranges::unique(cuts).begin(), cuts.end());

    QuantisedForest forest;
    if (!forest.collect_thresholds(cuts)) return std::nullopt;
    for (std::size_t tree = first_tree; tree < end_tree; ++tree) {
        const std::vector<Place> places = forest.places_of(model, tree, cuts);
        if (places.size() < simd::kMaxMaskedLeaves)
            forest.append_masked(arrays, tree, places);
        else
            forest.append_walked(arrays, tree, places);
    }
    return forest;
}

bool QuantisedForest::collect_thresholds(const std::vector<Cut>& cuts) {
    std::vector<double> thresholds;
    for (std::size_t begin = 0; begin < cuts.size(); begin += thresholds.size()) {
        thresholds.clear();
        for (std::size_t i = begin; i < cuts.size() && cuts[i].feature == cuts[begin].feature; ++i)
            thresholds.push_back(cuts[i].threshold);
        if (thresholds.size() > kMaxThresholds) return false;
        used_features_.push_back(static_cast<std::size_t>(cuts[begin].feature));
        first_cut_.push_back(begin);
        thresholds_.add(thresholds);
    }
    views_of_.resize(used_features_.size());
    return true;
}

std::vector<QuantisedForest::Place> QuantisedForest::places_of(const Model& model, std::size_t tree,
                                                               const std::vector<Cut>& cuts) {
    const ModelArrays& arrays = model.arrays();
    std::vector<Place> places;
    for (auto i = static_cast<std::size_t>(arrays.tree_offset[tree]);
         i < static_cast<std::size_t>(arrays.tree_offset[tree + 1]); ++i) {
        const auto feature = static_cast<std::size_t>(arrays.feature[i]);
        const auto entry =
            static_cast<std::size_t>(std::ranges::lower_bound(used_features_, feature) - used_features_.begin());
        const bool wrapped = arrays.missing_left[i] != 0;
        if (const Model::CategorySplit split = model.category_split(i); split.n_categories > 0) {
            places.push_back({entry, add_split(split, wrapped), 0, false});
            continue;
        }
        const auto begin = cuts.begin() + static_cast<std::ptrdiff_t>(first_cut_[entry]);
        const auto end = begin + std::min(static_cast<std::ptrdiff_t>(kMaxThresholds), cuts.end() - begin);
        const auto cut = std::lower_bound(begin, end, arrays.threshold[i], [&](const Cut& a, double threshold) {
            return a.feature == arrays.feature[i] && a.threshold < threshold;
        });
        places.push_back({entry, kNumbers, static_cast<std::uint8_t>((cut - begin) + wrapped), wrapped});
    }
    return places;
}

std::size_t QuantisedForest::add_split(const Model::CategorySplit& split, bool missing_left) {
    category_splits_.push_back({split.n_categories, category_bits_.size(), missing_left});
    category_bits_.insert(category_bits_.end(), split.left.begin(), split.left.end());
    return category_splits_.size() - 1;
}

std::uint32_t QuantisedForest::view(const View& wanted) {
    for (const std::uint32_t known : views_of_[wanted.entry])
        if (views_[known] == wanted) return known;
    views_of_[wanted.entry].push_back(static_cast<std::uint32_t>(views_.size()));
    views_.push_back(wanted);
    return views_of_[wanted.entry].back();
}

void QuantisedForest::append_masked(const ModelArrays& arrays, std::size_t tree, const std::vector<Place>& places) {
    const std::vector<Children> children = children_of(arrays, tree);
    const std::span<const double> values = leaf_values_of(arrays, tree);
    const std::size_t n_nodes = places.size();
    const std::size_t n_planes = (values.size() + kPlaneLeaves - 1) / kPlaneLeaves;
    trees_.push_back({value_.size(), values.size(), clearings_.size(), plane_end_.size(), n_planes, 0});

    // Children come after their parent, so sizes are known from the back, and positions from the front.
    std::vector<std::size_t> n_leaves(n_nodes + values.size(), 1);
    for (std::size_t node = n_nodes; node-- > 0;)
        n_leaves[node] = n_leaves[children[node].left] + n_leaves[children[node].right];
    std::vector<std::size_t> position(n_leaves.size(), 0);
    std::vector<std::vector<simd::Clearing>> planes(n_planes);
    for (std::size_t node = 0; node < n_nodes; ++node) {
        const auto [left, right] = children[node];
        const bool right_first = n_leaves[right] < n_leaves[left];
        const std::size_t first = right_first ? right : left;
        const std::size_t begin = position[node];
        const std::size_t end = begin + n_leaves[first];
        position[first] = begin;
        position[right_first ? left : right] = end;

        // The first side is cleared where the row goes to the other.
        const Place& place = places[node];
        const std::uint32_t row = view({place.entry, place.split, place.wrapped, right_first});
        const auto limit = static_cast<std::uint8_t>(right_first ? 254 - place.limit : place.limit);
        for (std::size_t plane = begin / kPlaneLeaves; plane * kPlaneLeaves < end; ++plane) {
            std::uint8_t kept = 0;
            for (std::size_t bit = 0; bit < kPlaneLeaves; ++bit) {
                const std::size_t leaf = plane * kPlaneLeaves + bit;
                if (leaf < begin || leaf >= end) kept |= static_cast<std::uint8_t>(1u << bit);
            }
            planes[plane].push_back({row, limit, kept});
        }
    }
    for (std::size_t plane = n_planes; plane-- > 0;) {
        clearings_.insert(clearings_.end(), planes[plane].begin(), planes[plane].end());
        plane_end_.push_back(static_cast<std::uint32_t>(clearings_.size() - trees_.back().first));
    }
    value_.resize(value_.size() + n_planes * kPlaneLeaves, 0.0);
    for (std::size_t leaf = 0; leaf < values.size(); ++leaf)
        value_[trees_.back().first_value + position[n_nodes + leaf]] = values[leaf];
}

void QuantisedForest::append_walked(const ModelArrays& arrays, std::size_t tree, const std::vector<Place>& places) {
    const std::vector<Children> children = children_of(arrays, tree);
    const std::span<const double> values = leaf_values_of(arrays, tree);
    const std::size_t n_nodes = places.size();
    trees_.push_back({value_.size(), values.size(), steps_.size(), 0, 0, 0});
    std::vector<std::size_t> depth(n_nodes + values.size(), 0);
    for (std::size_t node = 0; node < n_nodes; ++node) {
        const auto [left, right] = children[node];
        const std::uint32_t row = view({places[node].entry, places[node].split, places[node].wrapped, false});
        steps_.push_back(
            {row, places[node].limit, {static_cast<std::uint16_t>(left), static_cast<std::uint16_t>(right)}});
        depth[left] = depth[right] = depth[node] + 1;
        trees_.back().depth = std::max(trees_.back().depth, depth[left]);
    }
    // A leaf points to itself, so every row takes the same number of steps.
    for (std::size_t leaf = n_nodes; leaf < depth.size(); ++leaf)
        steps_.push_back({0, 0, {static_cast<std::uint16_t>(leaf), static_cast<std::uint16_t>(leaf)}});
    value_.resize(value_.size() + n_nodes, 0.0);
    value_.insert(value_.end(), values.begin(), values.end());
}

template <typename Float>
void QuantisedForest::fill(const simd::KernelTable& kernels, std::size_t entry, std::span<const Float> x,
                           std::uint8_t* tile) const {
    std::uint8_t bins[simd::kTileRows] = {};
    // Either all nodes on a feature are categorical or none.
    if (views_[views_of_[entry].front()].split == kNumbers) thresholds_.bin(kernels, entry, x, bins);
    for (const std::uint32_t row : views_of_[entry]) {
        const View& view = views_[row];
        if (view.split != kNumbers) fill_sides(category_splits_[view.split], x, bins);
        const auto shift = static_cast<std::uint8_t>(view.wrapped);
        const auto flip = static_cast<std::uint8_t>(view.reversed ? 255 : 0);
        for (std::size_t i = 0; i < x.size(); ++i)
            tile[row * simd::kTileRows + i] = static_cast<std::uint8_t>((bins[i] + shift) ^ flip);
    }
}

template <typename Float>
void QuantisedForest::fill_sides(const CategorySplit& split, std::span<const Float> x, std::uint8_t* sides) const {
    const std::span<const std::uint32_t> left =
        std::span(category_bits_).subspan(split.first_word, n_category_words(split.n_categories));
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t category = category_of(x[i], split.n_categories);
        const bool goes_left = category < split.n_categories ? has_category(left, category) : split.missing_left;
        sides[i] = goes_left ? 0 : 255;
    }
}

template void QuantisedForest::fill(const simd::KernelTable&, std::size_t, std::span<const float>, std::uint8_t*) const;
template void QuantisedForest::fill(const simd::KernelTable&, std::size_t, std::span<const double>,
                                    std::uint8_t*) const;

std::size_t QuantisedForest::tree_bytes(std::size_t tree) const {
    const Span& span = trees_[tree];
    if (span.n_planes == 0) return span.n_leaves * (2 * sizeof(simd::Step) + sizeof(double));
    const std::size_t n_clearings = plane_end_[span.first_plane + span.n_planes - 1];
    return n_clearings * sizeof(simd::Clearing) + span.n_leaves * sizeof(double);
}

void QuantisedForest::add(const simd::KernelTable& kernels, std::size_t tree, const std::uint8_t* tile,
                          std::size_t n_rows, double* scores) const {
    const Span& span = trees_[tree];
    const double* value = value_.data() + span.first_value;
    if (span.n_planes > 0)
        kernels.add_masked_tree(
            {clearings_.data() + span.first, plane_end_.data() + span.first_plane, span.n_planes, value}, tile, n_rows,
            scores);
    else
        kernels.add_walked_tree({steps_.data() + span.first, span.depth, value}, tile, n_rows, scores);
}

}  // namespace hornbeam::boosting
