#include "boosting/split_search.hpp"

#include <algorithm>

#include "common/random.hpp"

namespace hornbeam::boosting {

namespace {

// The cost of a scan, for the serial cut-off.
constexpr std::size_t kNanosecondsPerBin = 3;

// Ties go to the lower feature.
bool is_better(const BestSplit& a, const BestSplit& b) {
    return a.gain > b.gain || (a.gain == b.gain && a.found() && a.feature < b.feature);
}

}  // namespace

SplitSearch::SplitSearch(const BinMapper& mapper, const HistogramLayout& layout, HistogramBuilder& builder,
                         const Splitter& splitter, const FeatureSampler& sampler, bool extra_trees, std::uint64_t seed)
    : mapper_(mapper),
      layout_(layout),
      builder_(builder),
      splitter_(splitter),
      sampler_(sampler),
      extra_trees_(extra_trees),
      seed_(seed) {}

void SplitSearch::start_tree(std::uint32_t tree, std::span<const std::size_t> columns) {
    tree_ = tree;
    columns_ = columns;
    features_.clear();
    const auto can_be_split = [&](std::size_t f) {
        return mapper_.n_value_bins(f) > 1 || mapper_.has_missing(f) || mapper_.is_categorical(f);
    };
    std::vector<std::uint8_t> is_drawn(mapper_.n_features(), 0);
    for (const std::size_t f : sampler_.of_tree()) is_drawn[f] = 1;
    for (const std::size_t c : columns)
        for (const std::size_t f : layout_.columns().features(c))
            if (is_drawn[f] != 0 && can_be_split(f)) features_.push_back(static_cast<std::uint32_t>(f));
}

std::vector<SplitSearch::Chunk> SplitSearch::make_chunks(std::span<const std::uint32_t> features) const {
    std::vector<Chunk> chunks;
    std::size_t place = 0;
    std::size_t at = 0;
    for (std::size_t group = 0; group < builder_.n_groups(); ++group) {
        Chunk chunk{place, builder_.end_of_group(group), at, at};
        for (; place < chunk.columns_end; ++place)
            while (at < features.size() && layout_.columns().column(features[at]) == columns_[place]) ++at;
        chunk.features_end = at;
        chunks.push_back(chunk);
    }
    return chunks;
}

SplitSearch::Task SplitSearch::make_task(const Wanted& wanted, std::size_t n_chunks, std::size_t n_features,
                                         const QuantisedGradients& gradients) const {
    const GrowingNode& node = *wanted.node;
    Task task{wanted,
              splitter_.terms(node.totals, node.bounds, gradients),
              {},
              std::vector<ChunkBest>(n_chunks),
              std::vector<std::uint8_t>(n_features, 1)};
    if (sampler_.draws_by_node()) {
        task.is_drawn.resize(mapper_.n_features(), 0);
        for (const std::size_t f : sampler_.of_node(wanted.index, node.depth, node.path)) task.is_drawn[f] = 1;
    }
    return task;
}

void SplitSearch::search(const QuantisedGradients& gradients, std::span<const Wanted> wanted,
                         std::span<const std::uint32_t> features, const Siblings& histograms) {
    const std::vector<Chunk> chunks = make_chunks(features);
    std::vector<Task> tasks;
    tasks.reserve(wanted.size());
    for (const Wanted& one : wanted) tasks.push_back(make_task(one, chunks.size(), features.size(), gradients));
    const std::size_t n_bins = layout_.n_wide_cells() / mapper_.n_features() * features.size();
    const std::size_t nanoseconds = n_bins * wanted.size() * kNanosecondsPerBin;
    const auto limit = parallel::limit_for(builder_.threads(),
                                           nanoseconds + (histograms.fresh ? builder_.nanoseconds_to_finish() : 0));
    parallel::for_chunks(chunks.size(), limit, [&](std::size_t index, std::size_t worker) {
        const Chunk& chunk = chunks[index];
        if (histograms.fresh) builder_.finish(gradients, index, worker, *histograms.fresh);
        std::size_t at = chunk.features_begin;
        for (std::size_t c = chunk.columns_begin; c < chunk.columns_end; ++c) {
            const std::size_t column = columns_[c];
            const auto is_here = [&] {
                return at < chunk.features_end && layout_.columns().column(features[at]) == column;
            };
            if (histograms.fresh && is_here())
                subtract(layout_, column, *histograms.fresh, gradients, *histograms.other);
            for (; is_here(); ++at)
                for (Task& task : tasks) search_feature(gradients, features[at], at, index, task);
        }
    });
    for (Task& task : tasks) {
        GrowingNode& node = *task.wanted.node;
        BestSplit best;
        for (const ChunkBest& one : task.best)
            if (is_better(one.split, best)) best = one.split;
        if (!splitter_.is_worth(best, gradients)) continue;
        node.split = best;
        for (std::size_t i = 0; i < features.size(); ++i)
            if (task.is_splittable[i] != 0) node.features.push_back(features[i]);
    }
}

void SplitSearch::search_feature(const QuantisedGradients& gradients, std::size_t feature, std::size_t place,
                                 std::size_t chunk, Task& task) const {
    if (!task.is_drawn.empty() && task.is_drawn[feature] == 0) return;
    ChunkBest& best = task.best[chunk];
    const FeatureSplit found = splitter_.scan(task.wanted.node->histogram, feature, task.terms, gradients,
                                              random_bits(task.wanted.index, feature), best.screened);
    task.is_splittable[place] = found.is_splittable ? 1 : 0;
    best.screened = std::max(best.screened, found.screened);
    if (is_better(found.split, best.split)) best.split = found.split;
}

std::uint64_t SplitSearch::random_bits(std::uint64_t node, std::size_t feature) const {
    if (!extra_trees_) return 0;
    return random_u64(seed_, Purpose::kCandidate, tree_, (node << 32) | feature);
}

}  // namespace hornbeam::boosting
