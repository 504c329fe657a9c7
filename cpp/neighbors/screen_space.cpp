#include "neighbors/screen_space.hpp"

#include <algorithm>
#include <cmath>

namespace hornbeam::neighbors {

namespace {

// Enough for a centre, which need not be exact.
constexpr std::size_t kCentreRows = 4096;
constexpr std::size_t kChunkRows = 4096;
// Where squares of coordinates, sums of them and the distances of near rows are normal float64 numbers.
constexpr double kSmallest = 0x1p-300;
constexpr double kLargest = 0x1p300;
constexpr std::size_t kLargestWidth = std::size_t{1} << 16;

}  // namespace

template <typename T>
ScreenSpace::ScreenSpace(const RowTable<T>& rows, parallel::ThreadLimit threads) : centre_(rows.n_cols()) {
    if (centre_.size() > kLargestWidth) return;
    const std::size_t step = parallel::n_chunks_for(rows.n_rows(), kCentreRows);
    std::size_t n = 0;
    for (std::size_t i = 0; i < rows.n_rows(); i += step, ++n) {
        parallel::poll();
        for (std::size_t j = 0; j < centre_.size(); ++j) centre_[j] += static_cast<double>(rows.row(i)[j]);
    }
    for (double& c : centre_) c /= static_cast<double>(n);

    std::vector<double> largest(parallel::n_chunks_for(rows.n_rows(), kChunkRows));
    const auto limit = parallel::limit_for(threads, rows.n_rows() * rows.stride());
    parallel::for_ranges(rows.n_rows(), kChunkRows, limit, [&](std::size_t begin, std::size_t end) {
        double most = 0.0;
        for (std::size_t i = begin; i < end; ++i)
            for (std::size_t j = 0; j < centre_.size(); ++j) {
                const double size = std::abs(static_cast<double>(rows.row(i)[j]) - centre_[j]);
                most = size > most || std::isnan(size) ? size : most;
            }
        largest[begin / kChunkRows] = most;
    });
    const double most = *std::ranges::max_element(largest);
    is_usable_ = std::ranges::all_of(largest, [](double x) { return x <= kLargest; }) && most >= kSmallest;
    if (!is_usable_) return;
    static_cast<void>(std::frexp(most, &exponent_));
    exponent_ = -exponent_;
    scale_ = std::ldexp(1.0, exponent_);
}

template ScreenSpace::ScreenSpace(const RowTable<float>&, parallel::ThreadLimit);
template ScreenSpace::ScreenSpace(const RowTable<double>&, parallel::ThreadLimit);

}  // namespace hornbeam::neighbors
