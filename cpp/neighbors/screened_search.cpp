#include "neighbors/screened_search.hpp"

#include <algorithm>

#include "neighbors/pieces.hpp"
#include "neighbors/piecewise_answer.hpp"
#include "neighbors/screened_query.hpp"

namespace hornbeam::neighbors {

namespace {

// Fewer queries at a time where each has many neighbours to hold.
constexpr std::size_t block_queries(std::size_t k) { return (k <= 1024 ? 8 : 1) * simd::kTileQueries; }
// Panels that stay in the second-level cache while the tiles of a block of queries pass over them.
constexpr std::size_t kBlockBytes = std::size_t{1} << 17;
// Of a segment of rows: what is found in all segments shall take little memory beside them.
constexpr std::size_t least_rows(std::size_t k) { return std::max<std::size_t>(4096, 64 * k); }

constexpr std::size_t kGroupRows = simd::kPanelGroup * simd::kPanelRows;

}  // namespace

// A block of queries against a segment of the panels.
template <typename T>
template <typename Q>
class ScreenedSearch<T>::Block {
  public:
    // k: at most the rows of the segment; capacity: for what is held of a query.
    Block(const ScreenedSearch& search, const Queries<Q>& queries, Range asked, std::size_t k, std::size_t capacity)
        : search_(search),
          queries_(queries),
          asked_(asked),
          distances_(search.base_),
          tile_size_(search.panels_.width() * simd::kTileQueries),
          n_tiles_(parallel::n_chunks_for(asked.size(), simd::kTileQueries)),
          values_(n_tiles_ * tile_size_),
          sinks_(n_tiles_ * simd::kTileQueries),
          limits_(n_tiles_ * simd::kTileQueries, std::numeric_limits<float>::infinity()) {
        rows_.reserve(asked.size());
        nearest_.reserve(asked.size());
        for (std::size_t q = 0; q < asked.size(); ++q) {
            float* tile = values_.data() + q / simd::kTileQueries * tile_size_;
            const ScreenSpace::Image image = search.space_.map(queries.values.row(asked.begin + q),
                                                               tile + q % simd::kTileQueries, simd::kTileQueries);
            nearest_.emplace_back(ScreenBound(search.space_, search.panels_, image), k, queries.own(asked.begin + q));
            rows_.emplace_back(capacity);
            sinks_[q] = rows_.back().sink();
            limits_[q] = nearest_.back().limit();
        }
    }

    void screen(Range groups) {
        const Panels& panels = search_.panels_;
        const std::size_t group_bytes = panels.width() * kGroupRows * sizeof(float);
        const std::size_t step = std::max<std::size_t>(kBlockBytes / group_bytes, 1);
        for (std::size_t begin = groups.begin; begin < groups.end; begin += step) {
            parallel::poll();
            const std::size_t end = std::min(groups.end, begin + step);
            for (std::size_t t = 0; t < n_tiles_; ++t)
                screen_tile(t, {begin * simd::kPanelGroup, end * simd::kPanelGroup});
        }
    }

    [[nodiscard]] const std::vector<Neighbor>& nearest(std::size_t query) {
        return nearest_[query].finish(sinks_[query], measuring(query));
    }

  private:
    void screen_tile(std::size_t t, Range panels) {
        const std::size_t first = t * simd::kTileQueries;
        const std::size_t n = std::min(simd::kTileQueries, asked_.size() - first);
        const simd::ScreenTile tile{values_.data() + t * tile_size_, limits_.data() + first, sinks_.data() + first, n};
        const Panels& all = search_.panels_;
        for (std::size_t at = panels.begin; at < panels.end;) {
            at = simd::active().screen_panels(tile, all.values(), all.half_norms(), all.width(), at, panels.end);
            for (std::size_t q = first; q < first + n; ++q) {
                if (sinks_[q].size + kGroupRows <= sinks_[q].capacity) continue;
                nearest_[q].tidy(sinks_[q], measuring(q));
                limits_[q] = nearest_[q].limit();
            }
        }
    }

    [[nodiscard]] auto measuring(std::size_t query) {
        return [this, query](TopK& top) {
            distances_.set_query(queries_.values.row(asked_.begin + query));
            measure(distances_, sinks_[query], scratch_, top);
        };
    }

    const ScreenedSearch& search_;
    const Queries<Q>& queries_;
    Range asked_;
    DistancesTo<T> distances_;
    std::size_t tile_size_;
    std::size_t n_tiles_;
    AlignedBuffer<float> values_;
    std::vector<simd::ScreenSink> sinks_;
    std::vector<float> limits_;
    std::vector<ScreenedRows> rows_;
    std::vector<NearestRows> nearest_;
    std::vector<double> scratch_;
};

template <typename T>
std::unique_ptr<ScreenedSearch<T>> ScreenedSearch<T>::of(const Base<T>& base, parallel::ThreadLimit threads) {
    const MetricKind kind = base.metric().kind();
    if (kind != MetricKind::kEuclidean && kind != MetricKind::kSquaredEuclidean) return nullptr;
    ScreenSpace space(base.rows(), threads);
    if (!space.is_usable()) return nullptr;
    return std::make_unique<ScreenedSearch>(base, std::move(space), threads);
}

template <typename T>
template <typename Q>
bool ScreenedSearch<T>::are_near(const Queries<Q>& queries, parallel::ThreadLimit threads) const {
    constexpr std::size_t kChunkQueries = 64;
    std::vector<std::uint8_t> is_far(parallel::n_chunks_for(queries.size(), kChunkQueries));
    const auto limit = parallel::limit_for(threads, queries.size() * space_.width());
    parallel::for_ranges(queries.size(), kChunkQueries, limit, [&](std::size_t begin, std::size_t end) {
        std::vector<float> image(space_.width());
        for (std::size_t q = begin; q < end; ++q)
            if (!(space_.map(queries.values.row(q), image.data(), 1).norm <= ScreenSpace::kLargestNorm))
                is_far[begin / kChunkQueries] = 1;
    });
    return std::ranges::find(is_far, 1) == is_far.end();
}

template <typename T>
template <typename Q>
bool ScreenedSearch<T>::nearest(const Queries<Q>& queries, std::size_t k, parallel::ThreadLimit threads,
                                const NearestAnswer& answer) const {
    if (!are_near(queries, threads)) return false;
    const Pieces pieces(queries.size(), block_queries(k), panels_.size() / simd::kPanelGroup,
                        least_rows(k) / kGroupRows);
    PiecewiseAnswer found(pieces, k, base_.metric(), answer);
    const std::size_t nanoseconds = queries.size() * panels_.size() * panels_.width();
    parallel::for_chunks(pieces.size(), parallel::limit_for(threads, nanoseconds), [&](std::size_t piece, std::size_t) {
        const Range asked = pieces.queries(piece);
        const Range groups = pieces.units(piece);
        const std::size_t n_rows = groups.size() * kGroupRows;
        Block<Q> block(*this, queries, asked, std::min(k, n_rows),
                       std::min(4 * k + 4 * kGroupRows, n_rows + kGroupRows));
        block.screen(groups);
        for (std::size_t q = asked.begin; q < asked.end; ++q) found.add(piece, q, block.nearest(q - asked.begin));
    });
    found.finish();
    return true;
}

#define HORNBEAM_INSTANTIATE(T, Q)                                                                  \
    template bool ScreenedSearch<T>::nearest(const Queries<Q>&, std::size_t, parallel::ThreadLimit, \
                                             const NearestAnswer&) const;
template class ScreenedSearch<float>;
template class ScreenedSearch<double>;
HORNBEAM_INSTANTIATE(float, float)
HORNBEAM_INSTANTIATE(float, double)
HORNBEAM_INSTANTIATE(double, float)
HORNBEAM_INSTANTIATE(double, double)

}  // namespace hornbeam::neighbors
