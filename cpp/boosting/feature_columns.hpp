// Which stored column of bytes holds a feature.
//
// Most features have one of their own, whose bytes are their bins. Features that are zero in most rows share one if no row
// has two of them that are not (exclusive feature bundling, Ke et al. 2017, with no conflict allowed), as the columns of a
// one-hot encoding are: byte 0 says that all are zero, and any other bin of each has a byte of its own. The cells of zero
// are the node's less the others', in integers, so what shares a column changes no result.
//
// What a sparse table leaves nearly empty even so is listed: rows name the bytes of a listed column that they have, none or
// many, so any features may share it. Listed columns stand behind the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "boosting/bin_mapper.hpp"
#include "common/sparse_columns.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

// The bytes of a feature in a shared column.
struct SharedBytes {
    std::uint8_t first = 0;  // of its bins but that of zero, ascending, then of its missing bin; zero itself is byte 0
    std::uint8_t zero_bin = 0;
    std::uint8_t n_value_bins = 0;
    bool has_missing = false;

    [[nodiscard]] std::uint8_t byte_of(std::uint8_t bin) const {
        if (bin == zero_bin) return 0;
        const int place = bin == simd::kMissingBin ? n_value_bins - 1 : bin - (bin > zero_bin ? 1 : 0);
        return static_cast<std::uint8_t>(first + place);
    }
    [[nodiscard]] std::size_t n_bytes() const { return n_value_bins - std::size_t{1} + (has_missing ? 1 : 0); }
    // Bytes of other features say that this one is zero.
    [[nodiscard]] std::uint8_t bin_of(std::uint8_t byte) const {
        if (byte == 0 || byte < first || byte >= first + n_bytes()) return zero_bin;
        const int place = byte - first;
        if (place == n_value_bins - 1) return simd::kMissingBin;
        return static_cast<std::uint8_t>(place + (place >= zero_bin ? 1 : 0));
    }
};

class FeatureColumns {
  public:
    // A column for each feature.
    explicit FeatureColumns(std::size_t n_features);

    // nonzero: of each feature the rows in which it is not zero; none if it shall have a column of its own.
    FeatureColumns(const BinMapper& mapper, const std::vector<RowBits>& nonzero);

    // Of a sparse table. may_miss: any feature may be missing, whether or not the mapper has met it so.
    FeatureColumns(const BinMapper& mapper, const SparsePattern& nonzero, bool may_miss);

    [[nodiscard]] std::size_t n_features() const { return column_.size(); }
    [[nodiscard]] std::size_t n_columns() const { return features_.size(); }
    [[nodiscard]] std::size_t column(std::size_t feature) const { return column_[feature]; }
    // Those that hold these features, and all that are listed, ascending.
    [[nodiscard]] std::vector<std::size_t> columns_of(std::span<const std::size_t> features) const;
    // Ascending.
    [[nodiscard]] std::span<const std::size_t> features(std::size_t column) const { return features_[column]; }
    // Those that are stored as bytes come first.
    [[nodiscard]] std::size_t n_byte_columns() const { return n_byte_columns_; }
    [[nodiscard]] bool is_listed(std::size_t column) const { return column >= n_byte_columns_; }
    // Whether its bytes are others than the bins of a feature.
    [[nodiscard]] bool is_shared(std::size_t column) const { return features_[column].size() > 1 || is_listed(column); }
    // Of a feature in a shared column.
    [[nodiscard]] const SharedBytes& bytes(std::size_t feature) const { return bytes_[feature]; }
    // Bytes that a column may have, but for the missing bin.
    [[nodiscard]] std::size_t n_bytes(std::size_t column, const BinMapper& mapper) const;

  private:
    // The next column.
    void append(const BinMapper& mapper, std::vector<std::size_t> features, std::size_t n_bytes, bool may_miss);
    void append_listed(const BinMapper& mapper, std::span<const std::size_t> features, bool may_miss);

    std::vector<std::size_t> column_;
    std::vector<std::vector<std::size_t>> features_;
    std::vector<SharedBytes> bytes_;
    std::vector<std::size_t> n_bytes_;  // of the shared columns
    std::size_t n_byte_columns_ = 0;
};

}  // namespace hornbeam::boosting
