#include "boosting/binned_matrix.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>
#include <utility>

#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

namespace {

// Rows binned at a time: a tile of the input and its bins stay in the first-level cache.
constexpr std::size_t kTile = 256;
constexpr std::size_t kChunkRows = 4096;
constexpr std::size_t kNanosecondsPerValue = 4;

template <typename T>
std::size_t n_rows_of(const MatrixView<T>& X) {
    return X.n_rows;
}

std::size_t n_rows_of(const SparsePattern& X) { return X.n_rows(); }

}  // namespace

std::size_t BinnedMatrix::bytes_per_row(const std::vector<Stripe>& stripes) {
    return stripes.empty() ? 0 : stripes.back().offset + stripes.back().row_stride;
}

std::vector<Stripe> BinnedMatrix::make_stripes(std::size_t n_columns) {
    constexpr std::size_t kCacheLine = 64;
    std::vector<Stripe> stripes;
    std::size_t offset = 0;
    for (std::size_t first = 0; first < n_columns; first += kCacheLine) {
        const std::size_t width = std::min(kCacheLine, n_columns - first);
        stripes.push_back({first, width, std::bit_ceil(width), offset});
        offset += stripes.back().row_stride;
    }
    return stripes;
}

std::size_t BinnedMatrix::block_rows(std::size_t n_rows) {
    // Small enough that a few threads share a middling table, large enough that a block is worth its bookkeeping.
    constexpr std::size_t kLargest = 65536;
    constexpr std::size_t kSmallest = 4096;
    return std::clamp(std::bit_ceil(std::max<std::size_t>(n_rows / 16, 1)), kSmallest, kLargest);
}

template <typename Table>
BinnedMatrix::BinnedMatrix(const Table& X, const BinMapper& mapper, FeatureColumns columns,
                           parallel::ThreadLimit threads)
    : n_rows_(n_rows_of(X)),
      columns_(std::move(columns)),
      stripes_(make_stripes(columns_.n_byte_columns())),
      column_bytes_(n_rows_ * columns_.n_byte_columns(), Bytes::Uninitialised{}),
      stripe_bytes_(n_rows_ * bytes_per_row(stripes_), Bytes::Uninitialised{}) {
    const std::size_t rows_per_block = block_rows(n_rows_);
    for (std::size_t first = 0; first < n_rows_; first += rows_per_block)
        blocks_.emplace_back(first, std::min(rows_per_block, n_rows_ - first),
                             column_bytes_.data() + first * columns_.n_byte_columns(),
                             stripe_bytes_.data() + first * bytes_per_row(stripes_));

    place_codes(mapper);

    // Chunks of rows x stripes: a millisecond each, however wide or long the table.
    EdgeTable edges;
    for (std::size_t f = 0; f < n_features(); ++f) edges.add(mapper.edges(f));
    const std::size_t row_chunks = parallel::n_chunks_for(std::min(rows_per_block, n_rows_), kChunkRows);
    parallel::for_chunks(blocks_.size() * row_chunks * stripes_.size(),
                         parallel::limit_for(threads, n_rows_ * n_features() * kNanosecondsPerValue),
                         [&](std::size_t chunk, std::size_t) {
                             RowBlock& block = blocks_[chunk / stripes_.size() / row_chunks];
                             const std::size_t begin = chunk / stripes_.size() % row_chunks * kChunkRows;
                             const std::size_t end = std::min(begin + kChunkRows, block.n_rows());
                             bin_rows(X, mapper, edges, stripes_[chunk % stripes_.size()], begin, end, block);
                         });
    if constexpr (std::is_base_of_v<SparsePattern, Table>) listed_ = ListedBytes(X, columns_, edges, threads);
}

std::uint8_t BinnedMatrix::bin(const RowBlock& block, std::size_t i, std::size_t feature) const {
    const std::size_t column = columns_.column(feature);
    if (!columns_.is_shared(column)) return block.column(column)[i];
    const SharedBytes& bytes = columns_.bytes(feature);
    if (!columns_.is_listed(column)) return bytes.bin_of(block.column(column)[i]);
    return bytes.bin_of(listed_.byte(block.first_row() + i, column - columns_.n_byte_columns(), bytes));
}

void BinnedMatrix::place_codes(const BinMapper& mapper) {
    std::size_t size = 0;
    for (std::size_t f = 0; f < n_features(); ++f) {
        if (!mapper.has_codes(f)) continue;
        first_code_.resize(n_features(), kNone);
        first_code_[f] = size;
        n_codes_.resize(n_features(), 0);
        n_codes_[f] = static_cast<std::uint32_t>(mapper.n_categories(f));
        size += n_rows_;
    }
    codes_ = Codes(size, Codes::Uninitialised{});
}

template <typename Table>
void BinnedMatrix::bin_rows(const Table& X, const BinMapper& mapper, const EdgeTable& edges, const Stripe& stripe,
                            std::size_t begin, std::size_t end, RowBlock& block) {
    for (; begin < end; begin += kTile) {
        const std::size_t n = std::min(kTile, end - begin);
        for (std::size_t j = 0; j < stripe.n_columns; ++j) {
            std::uint8_t* column = block.column(stripe.first_column + j) + begin;
            bin_column(X, mapper, edges, stripe.first_column + j, block.first_row() + begin, {column, n});
            std::uint8_t* rows = block.stripe(stripe) + begin * stripe.row_stride + j;
            for (std::size_t i = 0; i < n; ++i) rows[i * stripe.row_stride] = column[i];
        }
    }
}

template <typename Table>
void BinnedMatrix::bin_column(const Table& X, const BinMapper& mapper, const EdgeTable& edges, std::size_t column,
                              std::size_t first_row, std::span<std::uint8_t> bytes) {
    const simd::KernelTable& kernels = simd::active();
    using Float = typename Table::Value;
    Float values[kTile];
    const auto read = [&](std::size_t feature) {
        const std::span<Float> x(values, bytes.size());
        X.read(feature, first_row, x);
        return std::span<const Float>(x);
    };
    if (!columns_.is_shared(column)) {
        const std::size_t feature = columns_.features(column).front();
        if (mapper.is_categorical(feature))
            return store_categories(read(feature), mapper, feature, first_row, bytes.data());
        return edges.bin(kernels, feature, read(feature), bytes.data());
    }
    std::ranges::fill(bytes, std::uint8_t{0});
    std::uint8_t bins[kTile];
    for (const std::size_t feature : columns_.features(column)) {
        const SharedBytes& shared = columns_.bytes(feature);
        if (shared.n_bytes() == 0) continue;
        const std::span<const Float> x = read(feature);
        // Nothing but zeros is what a tile of most of them has.
        if (std::ranges::all_of(x, [](Float value) { return value == Float{0}; })) continue;
        edges.bin(kernels, feature, x, bins);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            if (bins[i] != shared.zero_bin) bytes[i] = shared.byte_of(bins[i]);
    }
}

template <typename Float>
void BinnedMatrix::store_categories(std::span<const Float> x, const BinMapper& mapper, std::size_t feature,
                                    std::size_t first_row, std::uint8_t* column) {
    const std::size_t n = mapper.n_categories(feature);
    const bool has_codes = mapper.has_codes(feature);
    std::uint32_t* codes = has_codes ? codes_.data() + first_code_[feature] + first_row : nullptr;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t category = category_of(x[i], n);
        if (has_codes) codes[i] = static_cast<std::uint32_t>(category);
        column[i] = has_codes || category == n ? simd::kMissingBin : static_cast<std::uint8_t>(category);
    }
}

template BinnedMatrix::BinnedMatrix(const MatrixView<const float>&, const BinMapper&, FeatureColumns,
                                    parallel::ThreadLimit);
template BinnedMatrix::BinnedMatrix(const MatrixView<const double>&, const BinMapper&, FeatureColumns,
                                    parallel::ThreadLimit);
template BinnedMatrix::BinnedMatrix(const SparseColumns<float>&, const BinMapper&, FeatureColumns,
                                    parallel::ThreadLimit);
template BinnedMatrix::BinnedMatrix(const SparseColumns<double>&, const BinMapper&, FeatureColumns,
                                    parallel::ThreadLimit);

}  // namespace hornbeam::boosting
