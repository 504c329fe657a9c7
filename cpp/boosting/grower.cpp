#include "boosting/grower.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <queue>
#include <tuple>

namespace hornbeam::boosting {

namespace {

// A tree has nearly twice as many nodes as leaves, numbered in 32 bits.
constexpr std::size_t kMaxLeaves = std::size_t{1} << 30;

struct Candidate {
    double gain;
    std::size_t node;

    // The queue's top: the highest gain, then the node created first.
    bool operator<(const Candidate& other) const { return gain != other.gain ? gain < other.gain : node > other.node; }
};

}  // namespace

Grower::Grower(const BinnedMatrix& X, const BinMapper& mapper, const GrowOptions& options,
               parallel::ThreadLimit threads, FitProfile& profile)
    : X_(X),
      mapper_(mapper),
      options_(options),
      threads_(threads),
      profile_(profile),
      layout_(mapper, X.columns()),
      pool_(layout_),
      partition_(X, threads),
      builder_(X, layout_, partition_, pool_, threads),
      splitter_(mapper, layout_, options.split),
      features_(options.features, X.n_features(), options.seed),
      search_(mapper, layout_, builder_, splitter_, features_, options.split.extra_trees, options.seed) {}

Tree Grower::grow(const QuantisedGradients& gradients, std::uint32_t tree_index, const RowSample* sample) {
    draw_features(tree_index);
    nodes_.clear();
    nodes_.emplace_back();
    search_root(gradients, sample, nodes_.front());

    Tree tree;
    std::priority_queue<Candidate> open;
    if (nodes_.front().split.found()) open.push({nodes_.front().split.gain, 0});
    std::size_t n_leaves = 1;
    const std::size_t max_leaves =
        std::min(kMaxLeaves, options_.max_leaf_nodes == 0 ? X_.n_rows() : options_.max_leaf_nodes);
    while (!open.empty() && n_leaves < max_leaves) {
        const std::size_t parent = open.top().node;
        open.pop();
        nodes_[parent].tree_index = static_cast<std::int32_t>(tree.nodes.size());
        SplitSides sides =
            splitter_.sides(nodes_[parent].histogram, nodes_[parent].split, nodes_[parent].totals, gradients);
        ++n_leaves;
        split_node(parent, sides, gradients);
        tree.nodes.push_back(tree_node(nodes_[parent], std::move(sides), gradients));
        const std::size_t left = nodes_.size() - 2;
        // Children of the last split stay leaves: nothing to search, nothing to push.
        if (n_leaves < max_leaves) {
            search_children(gradients, nodes_[parent], nodes_[left], nodes_[left + 1]);
            for (const std::size_t child : {left, left + 1}) {
                if (nodes_[child].split.found())
                    open.push({nodes_[child].split.gain, child});
                else
                    pool_.release(nodes_[child].histogram);
            }
        }
        pool_.release(nodes_[parent].histogram);
        tree.nodes.back().left = static_cast<std::int32_t>(left);  // nodes_ indices for now
        tree.nodes.back().right = static_cast<std::int32_t>(left + 1);
    }

    leaves_.clear();
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        pool_.release(nodes_[i].histogram);
        if (nodes_[i].tree_index >= 0) continue;
        nodes_[i].tree_index = ~static_cast<std::int32_t>(leaves_.size());
        leaves_.push_back(i);
        tree.leaves.push_back({0.0, nodes_[i].totals.count});
    }
    for (TreeNode& node : tree.nodes) {
        node.left = nodes_[static_cast<std::size_t>(node.left)].tree_index;
        node.right = nodes_[static_cast<std::size_t>(node.right)].tree_index;
    }
    return tree;
}

void Grower::draw_features(std::uint32_t tree_index) {
    features_.start_tree(tree_index);
    std::vector<std::size_t> columns = X_.columns().columns_of(features_.of_tree());
    if (columns != columns_) {
        columns_ = std::move(columns);
        layout_.use(columns_);
        builder_.use(columns_, features_.of_tree());
    }
    search_.start_tree(tree_index, columns_);
}

bool Grower::may_split(const GrowingNode& node, const QuantisedGradients& gradients) const {
    const bool may_deepen = options_.max_depth == 0 || node.depth < options_.max_depth;
    return may_deepen && splitter_.may_split(node.totals, gradients);
}

void Grower::search_root(const QuantisedGradients& gradients, const RowSample* sample, GrowingNode& root) {
    root.rows = partition_.reset(sample);
    if (root.rows.n_rows == 0) return;
    profile_.time(Stage::kHistograms, [&] {
        root.magnitudes = builder_.accumulate(gradients, root.rows, gradients.total_count, root.histogram);
        builder_.finish_all(gradients, root.histogram);
    });
    profile_.time(Stage::kSplits, [&] {
        root.totals = splitter_.totals(root.histogram, columns_.front(), gradients);
        if (may_split(root, gradients))
            search_.search(gradients, std::array{wanted(root)}, search_.features_of_tree(), {});
    });
}

void Grower::split_node(std::size_t parent_index, const SplitSides& sides, const QuantisedGradients& gradients) {
    nodes_.emplace_back();
    nodes_.emplace_back();
    GrowingNode& parent = nodes_[parent_index];
    GrowingNode& left = nodes_[nodes_.size() - 2];
    GrowingNode& right = nodes_[nodes_.size() - 1];
    left.depth = right.depth = parent.depth + 1;
    left.totals = sides.left;
    right.totals = parent.totals - sides.left;
    std::tie(left.bounds, right.bounds) =
        splitter_.child_bounds(parent.split, sides, parent.totals, parent.bounds, gradients);
    const std::size_t feature = parent.split.feature;
    if (features_.asks_for_paths()) left.path = right.path = extended(parent.path, feature);
    const SplitRule rule{feature, static_cast<std::uint8_t>(parent.split.bin), sides.missing_left,
                         sides.left_categories, mapper_.n_categories(feature)};
    profile_.time(Stage::kPartition, [&] { partition_.split(parent.rows, rule, left.rows, right.rows); });
    parent.rows = {};
}

void Grower::search_children(const QuantisedGradients& gradients, GrowingNode& parent, GrowingNode& left,
                             GrowingNode& right) {
    const bool search_left = may_split(left, gradients);
    const bool search_right = may_split(right, gradients);
    if (!search_left && !search_right) return;

    GrowingNode& smaller = left.totals.count <= right.totals.count ? left : right;
    GrowingNode& larger = &smaller == &left ? right : left;
    profile_.time(Stage::kHistograms, [&] {
        smaller.magnitudes = builder_.accumulate(gradients, smaller.rows, smaller.totals.count, smaller.histogram);
    });
    larger.histogram = std::move(parent.histogram);
    if (gradients.packed) {
        larger.magnitudes = {parent.magnitudes.abs_gradient - smaller.magnitudes.abs_gradient,
                             parent.magnitudes.hessian - smaller.magnitudes.hessian,
                             parent.magnitudes.count - smaller.magnitudes.count};
        if (!larger.histogram.packed && fits(larger.magnitudes, gradients)) larger.histogram.packed = pool_.packed();
    }

    std::vector<SplitSearch::Wanted> children;
    if (search_left) children.push_back(wanted(left));
    if (search_right) children.push_back(wanted(right));
    profile_.time(Stage::kSplits, [&] {
        search_.search(gradients, children, parent.features, {&smaller.histogram, &larger.histogram});
        drop_wide_cells(larger.histogram);
    });
    parent.features = {};
}

// Once its cells are packed.
void Grower::drop_wide_cells(Histogram& histogram) {
    if (!histogram.packed || !histogram.wide) return;
    Histogram dropped;
    dropped.wide = std::move(histogram.wide);
    pool_.release(dropped);
}

SplitSearch::Wanted Grower::wanted(GrowingNode& node) const {
    return {&node, static_cast<std::uint64_t>(&node - nodes_.data())};
}

TreeNode Grower::tree_node(const GrowingNode& node, SplitSides sides, const QuantisedGradients& gradients) const {
    const BestSplit& split = node.split;
    double threshold = 0.0;
    if (!mapper_.is_categorical(split.feature)) {
        const auto& edges = mapper_.edges(split.feature);
        const bool values_against_missing = split.bin >= edges.size();
        threshold = values_against_missing ? std::numeric_limits<double>::infinity() : edges[split.bin];
    }
    return {
        .feature = static_cast<std::int32_t>(split.feature),
        .bin = split.bin,
        .threshold = threshold,
        .left_categories = std::move(sides.left_categories),
        .missing_left = sides.missing_left,
        .left = 0,
        .right = 0,
        .gain = clipped_to_finite(std::ldexp(split.gain, 2 * gradients.gradient_exponent - gradients.hessian_exponent)),
        .count = node.totals.count,
    };
}

LeafPartition Grower::leaves() const {
    std::vector<const NodeRows*> rows;
    rows.reserve(leaves_.size());
    for (const std::size_t node : leaves_) rows.push_back(&nodes_[node].rows);
    return partition_of(rows);
}

LeafPartition Grower::leaves_of_others(const Tree& tree, const RowSample& sample) {
    std::vector<NodeRows> at_node(tree.nodes.size());
    std::vector<NodeRows> at_leaf(tree.leaves.size());
    const auto rows_of = [&](std::int32_t child) -> NodeRows& {
        return child >= 0 ? at_node[static_cast<std::size_t>(child)] : at_leaf[static_cast<std::size_t>(~child)];
    };
    rows_of(tree.nodes.empty() ? ~0 : 0) = RowPartition::others(sample);
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {  // parents come first
        const TreeNode& node = tree.nodes[i];
        const auto feature = static_cast<std::size_t>(node.feature);
        const SplitRule rule{feature, static_cast<std::uint8_t>(node.bin), node.missing_left, node.left_categories,
                             mapper_.n_categories(feature)};
        partition_.split(at_node[i], rule, rows_of(node.left), rows_of(node.right));
    }
    std::vector<const NodeRows*> rows;
    rows.reserve(at_leaf.size());
    for (const NodeRows& leaf : at_leaf) rows.push_back(&leaf);
    return partition_of(rows);
}

LeafPartition Grower::partition_of(const std::vector<const NodeRows*>& leaves) const {
    LeafPartition partition{leaves.size(), {}, {}};
    partition.rows.reserve(X_.blocks().size() * leaves.size());
    for (std::size_t b = 0; b < X_.blocks().size(); ++b) {
        partition.first_row.push_back(X_.blocks()[b].first_row());
        for (const NodeRows* leaf : leaves) {
            const Segment& segment = leaf->segments[b];
            partition.rows.emplace_back(partition_.rows(b, segment), segment.size);
        }
    }
    return partition;
}

}  // namespace hornbeam::boosting
