#include "boosting/listed_bytes.hpp"

#include <algorithm>
#include <numeric>

#include "simd/cpu.hpp"

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kChunkFeatures = 64;
constexpr std::size_t kNanosecondsPerValue = 4;

// f(feature) by columns, so that cells ascend.
template <typename F>
void for_each_listed(const FeatureColumns& columns, F&& f) {
    for (std::size_t c = columns.n_byte_columns(); c < columns.n_columns(); ++c) {
        parallel::poll();
        for (const std::size_t feature : columns.features(c)) f(feature);
    }
}

}  // namespace

template <typename Float>
ListedBytes::ListedBytes(const SparseColumns<Float>& X, const FeatureColumns& columns, const EdgeTable& edges,
                         parallel::ThreadLimit threads)
    : feature_begin_(X.n_columns() + 1, 0) {
    for_each_listed(columns, [&](std::size_t f) {
        if (columns.bytes(f).n_bytes() > 0) feature_begin_[f + 1] = X.n_nonzero(f);
    });
    std::partial_sum(feature_begin_.begin(), feature_begin_.end(), feature_begin_.begin());
    rows_.resize(feature_begin_.back());
    bytes_.resize(feature_begin_.back());
    const auto limit = parallel::limit_for(threads, rows_.size() * kNanosecondsPerValue);
    parallel::for_ranges(X.n_columns(), kChunkFeatures, limit, [&](std::size_t begin, std::size_t end) {
        for (std::size_t f = begin; f < end; ++f) {
            const std::size_t at = feature_begin_[f];
            if (feature_begin_[f + 1] == at) continue;
            std::ranges::copy(X.rows(f), rows_.begin() + static_cast<std::ptrdiff_t>(at));
            edges.bin(simd::active(), f, X.values(f), bytes_.data() + at);
            const SharedBytes& shared = columns.bytes(f);
            for (std::size_t i = at; i < feature_begin_[f + 1]; ++i) bytes_[i] = shared.byte_of(bytes_[i]);
        }
    });
    sort_by_row(columns, X.n_rows());
}

// A counting sort.
void ListedBytes::sort_by_row(const FeatureColumns& columns, std::size_t n_rows) {
    row_begin_.assign(n_rows + 1, 0);
    for (std::size_t i = 0; i < rows_.size(); ++i) row_begin_[rows_[i] + 1] += bytes_[i] != 0 ? 1 : 0;
    std::partial_sum(row_begin_.begin(), row_begin_.end(), row_begin_.begin());
    cells_.resize(row_begin_.back());
    std::vector<std::size_t> next(row_begin_.begin(), row_begin_.end() - 1);
    for_each_listed(columns, [&](std::size_t f) {
        const std::size_t first_cell = (columns.column(f) - columns.n_byte_columns()) * simd::kPackedStride;
        for (std::size_t i = feature_begin_[f]; i < feature_begin_[f + 1]; ++i)
            if (bytes_[i] != 0) cells_[next[rows_[i]]++] = static_cast<std::uint32_t>(first_cell + bytes_[i]);
    });
}

std::uint8_t ListedBytes::byte(std::size_t row, std::size_t column, const SharedBytes& bytes) const {
    const auto begin = cells_.begin() + static_cast<std::ptrdiff_t>(row_begin_[row]);
    const auto end = cells_.begin() + static_cast<std::ptrdiff_t>(row_begin_[row + 1]);
    const std::size_t first = column * simd::kPackedStride + bytes.first;
    const auto cell = std::lower_bound(begin, end, first);
    return cell != end && *cell < first + bytes.n_bytes() ? static_cast<std::uint8_t>(*cell % simd::kPackedStride) : 0;
}

template <typename F>
void ListedBytes::for_each(std::size_t feature, std::size_t first, std::size_t n, F&& f) const {
    const std::uint32_t* begin = rows_.data() + feature_begin_[feature];
    const std::uint32_t* end = rows_.data() + feature_begin_[feature + 1];
    for (const std::uint32_t* row = std::lower_bound(begin, end, first); row != end && *row < first + n; ++row)
        f(static_cast<std::size_t>(row - rows_.data()));
}

void ListedBytes::write(std::size_t feature, std::size_t first, std::size_t n, std::uint8_t* to) const {
    for_each(feature, first, n, [&](std::size_t place) { to[rows_[place] - first] = bytes_[place]; });
}

void ListedBytes::clear(std::size_t feature, std::size_t first, std::size_t n, std::uint8_t* to) const {
    for_each(feature, first, n, [&](std::size_t place) { to[rows_[place] - first] = 0; });
}

template ListedBytes::ListedBytes(const SparseColumns<float>&, const FeatureColumns&, const EdgeTable&,
                                  parallel::ThreadLimit);
template ListedBytes::ListedBytes(const SparseColumns<double>&, const FeatureColumns&, const EdgeTable&,
                                  parallel::ThreadLimit);

}  // namespace hornbeam::boosting
