// The best splits of nodes, feature by feature.
//
// A feature of which no split leaves enough rows on both sides of a node has none below it either, so the node's descendants
// leave it out: in a sparse table, or deep in a tree, that is most of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "boosting/feature_sampler.hpp"
#include "boosting/growing_node.hpp"
#include "boosting/histogram_builder.hpp"
#include "boosting/splitter.hpp"

namespace hornbeam::boosting {

class SplitSearch {
  public:
    // extra_trees: candidates are drawn, by seed, tree, node and feature. Keeps the references.
    SplitSearch(const BinMapper& mapper, const HistogramLayout& layout, HistogramBuilder& builder,
                const Splitter& splitter, const FeatureSampler& sampler, bool extra_trees, std::uint64_t seed);
    SplitSearch(const SplitSearch&) = delete;
    SplitSearch& operator=(const SplitSearch&) = delete;

    // columns: that hold the features of the tree, ascending.
    void start_tree(std::uint32_t tree, std::span<const std::size_t> columns);
    // Those of the tree that can be split at all, by column.
    [[nodiscard]] const std::vector<std::uint32_t>& features_of_tree() const { return features_; }

    // Of nodes that may be split by these features. If there is a fresh histogram, it was just accumulated and is finished,
    // and taken off that of its sibling, which still holds the parent's.
    struct Siblings {
        Histogram* fresh = nullptr;
        Histogram* other = nullptr;
    };
    struct Wanted {
        GrowingNode* node;
        std::uint64_t index;  // in order of creation
    };
    void search(const QuantisedGradients& gradients, std::span<const Wanted> wanted,
                std::span<const std::uint32_t> features, const Siblings& histograms);

  private:
    // A group of the builder's columns, by their places among those in use, and the features of the search that they hold.
    struct Chunk {
        std::size_t columns_begin;
        std::size_t columns_end;
        std::size_t features_begin;
        std::size_t features_end;
    };
    // The best split of a node by the features of a chunk.
    struct ChunkBest {
        BestSplit split;
        float screened = 0.0F;  // the highest so far
    };
    // One node's part in a search.
    struct Task {
        Wanted wanted;
        NodeTerms terms;
        std::vector<std::uint8_t> is_drawn;  // by feature; empty: all are
        std::vector<ChunkBest> best;
        std::vector<std::uint8_t> is_splittable;
    };

    [[nodiscard]] std::vector<Chunk> make_chunks(std::span<const std::uint32_t> features) const;
    [[nodiscard]] Task make_task(const Wanted& wanted, std::size_t n_chunks, std::size_t n_features,
                                 const QuantisedGradients& gradients) const;
    void search_feature(const QuantisedGradients& gradients, std::size_t feature, std::size_t place, std::size_t chunk,
                        Task& task) const;
    // What draws the candidate of a feature at a node, if one is drawn.
    [[nodiscard]] std::uint64_t random_bits(std::uint64_t node, std::size_t feature) const;

    const BinMapper& mapper_;
    const HistogramLayout& layout_;
    HistogramBuilder& builder_;
    const Splitter& splitter_;
    const FeatureSampler& sampler_;
    bool extra_trees_;
    std::uint64_t seed_;

    // Of the current tree.
    std::uint32_t tree_ = 0;
    std::span<const std::size_t> columns_;
    std::vector<std::uint32_t> features_;
};

}  // namespace hornbeam::boosting
