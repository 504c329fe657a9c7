#include "neighbors/panels.hpp"

#include <limits>

namespace hornbeam::neighbors {

namespace {

constexpr std::size_t kRowsOfGroup = simd::kPanelGroup * simd::kPanelRows;

std::size_t whole_groups(std::size_t n_rows) { return parallel::n_chunks_for(n_rows, kRowsOfGroup) * kRowsOfGroup; }

}  // namespace

template <typename T>
Panels::Panels(const ScreenSpace& space, const RowTable<T>& rows, parallel::ThreadLimit threads)
    : width_(space.width()), values_(whole_groups(rows.n_rows()) * width_), half_norms_(whole_groups(rows.n_rows())) {
    std::ranges::fill(half_norms_.span(), std::numeric_limits<float>::infinity());
    constexpr std::size_t kChunkRows = 32 * kRowsOfGroup;
    std::vector<ScreenSpace::Image> largest(parallel::n_chunks_for(rows.n_rows(), kChunkRows));
    const auto limit = parallel::limit_for(threads, rows.n_rows() * width_);
    parallel::for_ranges(rows.n_rows(), kChunkRows, limit, [&](std::size_t begin, std::size_t end) {
        ScreenSpace::Image most{0.0, 0.0};
        for (std::size_t i = begin; i < end; ++i) {
            float* panel = values_.data() + i / simd::kPanelRows * simd::kPanelRows * width_;
            const ScreenSpace::Image image = space.map(rows.row(i), panel + i % simd::kPanelRows, simd::kPanelRows);
            half_norms_[i] = static_cast<float>(image.norm * image.norm / 2);
            most = {std::max(most.norm, image.norm), std::max(most.error, image.error)};
        }
        largest[begin / kChunkRows] = most;
    });
    for (const ScreenSpace::Image& image : largest) {
        largest_norm_ = std::max(largest_norm_, image.norm);
        largest_error_ = std::max(largest_error_, image.error);
    }
}

template Panels::Panels(const ScreenSpace&, const RowTable<float>&, parallel::ThreadLimit);
template Panels::Panels(const ScreenSpace&, const RowTable<double>&, parallel::ThreadLimit);

}  // namespace hornbeam::neighbors
