// The training table as bins: a list of row blocks, each stored twice.
//
//   row block (at most 65,536 rows, so a row within it is a uint16; all blocks in two runs of memory)
//   +-- columns: [column][row]                one byte each; the partition reads one column of many rows
//   +-- stripes: [stripe][row][<= 64 columns] the histogram reads all columns of few rows; a row of a stripe
//                                             is padded to a power of two and never straddles a cache line
//
// A column holds a feature, or several that share it (feature_columns.hpp). Listed columns have bytes in neither
// (listed_bytes.hpp).
// The 32-bit codes of features with many categories stand beside them: codes: [feature][row].
//
// The block size depends on the number of rows alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "boosting/bin_mapper.hpp"
#include "boosting/edge_table.hpp"
#include "boosting/feature_columns.hpp"
#include "boosting/listed_bytes.hpp"
#include "common/aligned_buffer.hpp"
#include "common/matrix_view.hpp"
#include "common/parallel.hpp"
#include "common/sparse_columns.hpp"

namespace hornbeam::boosting {

struct Stripe {
    std::size_t first_column;
    std::size_t n_columns;
    std::size_t row_stride;  // bytes
    std::size_t offset;      // of the stripe, in bytes per row of the block
};

class RowBlock {
  public:
    RowBlock(std::size_t first_row, std::size_t n_rows, std::uint8_t* columns, std::uint8_t* stripes)
        : first_row_(first_row), n_rows_(n_rows), columns_(columns), stripes_(stripes) {}

    [[nodiscard]] std::size_t first_row() const { return first_row_; }
    [[nodiscard]] std::size_t n_rows() const { return n_rows_; }
    [[nodiscard]] const std::uint8_t* column(std::size_t c) const { return columns_ + c * n_rows_; }
    [[nodiscard]] std::uint8_t* column(std::size_t c) { return columns_ + c * n_rows_; }
    [[nodiscard]] const std::uint8_t* stripe(const Stripe& s) const { return stripes_ + s.offset * n_rows_; }
    [[nodiscard]] std::uint8_t* stripe(const Stripe& s) { return stripes_ + s.offset * n_rows_; }

  private:
    std::size_t first_row_;
    std::size_t n_rows_;
    std::uint8_t* columns_;
    std::uint8_t* stripes_;
};

class BinnedMatrix {
  public:
    // X: a MatrixView or SparseColumns, of float or double.
    template <typename Table>
    BinnedMatrix(const Table& X, const BinMapper& mapper, FeatureColumns columns, parallel::ThreadLimit threads);

    [[nodiscard]] std::size_t n_rows() const { return n_rows_; }
    [[nodiscard]] std::size_t n_features() const { return columns_.n_features(); }
    [[nodiscard]] const FeatureColumns& columns() const { return columns_; }
    [[nodiscard]] const std::vector<RowBlock>& blocks() const { return blocks_; }
    [[nodiscard]] const std::vector<Stripe>& stripes() const { return stripes_; }
    [[nodiscard]] const ListedBytes& listed() const { return listed_; }
    // Of one row of a block; for many rows there are the columns.
    [[nodiscard]] std::uint8_t bin(const RowBlock& block, std::size_t i, std::size_t feature) const;
    // The categories of all rows, n_codes() where one is missing; null if they are bytes or the feature has none.
    [[nodiscard]] const std::uint32_t* codes(std::size_t feature) const {
        return first_code_.empty() || first_code_[feature] == kNone ? nullptr : codes_.data() + first_code_[feature];
    }

    [[nodiscard]] std::uint32_t n_codes(std::size_t feature) const { return n_codes_[feature]; }

    [[nodiscard]] static std::size_t block_rows(std::size_t n_rows);
    [[nodiscard]] static std::vector<Stripe> make_stripes(std::size_t n_columns);
    [[nodiscard]] static std::size_t bytes_per_row(const std::vector<Stripe>& stripes);

  private:
    using Bytes = AlignedBuffer<std::uint8_t>;
    using Codes = AlignedBuffer<std::uint32_t>;
    static constexpr std::size_t kNone = ~std::size_t{0};

    void place_codes(const BinMapper& mapper);
    template <typename Table>
    void bin_rows(const Table& X, const BinMapper& mapper, const EdgeTable& edges, const Stripe& stripe,
                  std::size_t begin, std::size_t end, RowBlock& block);
    // One column of a tile of rows.
    template <typename Table>
    void bin_column(const Table& X, const BinMapper& mapper, const EdgeTable& edges, std::size_t column,
                    std::size_t first_row, std::span<std::uint8_t> bytes);
    template <typename Float>
    void store_categories(std::span<const Float> x, const BinMapper& mapper, std::size_t feature, std::size_t first_row,
                          std::uint8_t* column);

    std::size_t n_rows_;
    FeatureColumns columns_;
    std::vector<Stripe> stripes_;
    Bytes column_bytes_;
    Bytes stripe_bytes_;
    std::vector<std::size_t> first_code_;  // of each feature, kNone without; empty if no feature has codes
    std::vector<std::uint32_t> n_codes_;   // likewise
    Codes codes_;
    std::vector<RowBlock> blocks_;
    ListedBytes listed_;
};

}  // namespace hornbeam::boosting
