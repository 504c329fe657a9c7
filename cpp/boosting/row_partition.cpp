#include "boosting/row_partition.hpp"

#include <algorithm>

#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

namespace {

// By byte whether a row goes right.
std::vector<std::uint8_t> right_shared_bytes(const SplitRule& rule, const SharedBytes& bytes) {
    std::vector<std::uint8_t> right(simd::kMissingBin + 1);
    for (std::size_t byte = 0; byte < right.size(); ++byte)
        right[byte] = rule.goes_right(bytes.bin_of(static_cast<std::uint8_t>(byte))) ? 1 : 0;
    return right;
}

// By code or by byte whether a row goes right.
std::vector<std::uint8_t> right_categories(const SplitRule& rule, bool has_codes) {
    const std::size_t missing = has_codes ? rule.n_categories : simd::kMissingBin;
    std::vector<std::uint8_t> right(missing + 1, 0);
    for (std::size_t c = 0; c < rule.n_categories; ++c) right[c] = has_category(rule.left_categories, c) ? 0 : 1;
    right[missing] = rule.missing_left ? 0 : 1;
    return right;
}

}  // namespace

RowPartition::RowPartition(const BinnedMatrix& X, parallel::ThreadLimit threads)
    : X_(X), threads_{parallel::n_workers(threads)}, rows_(X.n_rows()), scratch_(X.n_rows()) {
    if (X.listed().size() == 0) return;
    const std::size_t block_rows = BinnedMatrix::block_rows(X.n_rows());
    for (std::size_t w = 0; w < threads_.n_threads; ++w) listed_columns_.emplace_back(block_rows);
}

NodeRows RowPartition::reset(const RowSample* sample) {
    NodeRows root;
    if (sample) {
        std::ranges::copy(sample->rows, rows_.data());
        for (const std::uint32_t size : sample->n_drawn) {
            root.segments.push_back({0, size});
            root.n_rows += size;
        }
        return root;
    }
    for (const RowBlock& block : X_.blocks()) {
        for (std::size_t i = 0; i < block.n_rows(); ++i) rows_[block.first_row() + i] = static_cast<std::uint16_t>(i);
        root.segments.push_back({0, static_cast<std::uint32_t>(block.n_rows())});
    }
    root.n_rows = X_.n_rows();
    return root;
}

NodeRows RowPartition::others(const RowSample& sample) {
    NodeRows others;
    for (std::size_t b = 0; b < sample.n_blocks(); ++b) {
        const auto size = static_cast<std::uint32_t>(sample.others(b).size());
        others.segments.push_back({sample.n_drawn[b], size});
        others.n_rows += size;
    }
    return others;
}

void RowPartition::split(const NodeRows& node, const SplitRule& rule, NodeRows& left, NodeRows& right) {
    const std::vector<std::uint8_t> goes_right = table_of(rule);
    const std::size_t n_blocks = X_.blocks().size();
    left.segments.resize(n_blocks);
    right.segments.resize(n_blocks);
    parallel::for_chunks(n_blocks, parallel::limit_for(threads_, node.n_rows * 2), [&](std::size_t b, std::size_t w) {
        const Segment& segment = node.segments[b];
        const auto n_left = static_cast<std::uint32_t>(split_block(rule, goes_right, X_.blocks()[b], segment, w));
        left.segments[b] = {segment.begin, n_left};
        right.segments[b] = {segment.begin + n_left, segment.size - n_left};
    });
    left.n_rows = 0;
    for (const Segment& segment : left.segments) left.n_rows += segment.size;
    right.n_rows = node.n_rows - left.n_rows;
}

std::vector<std::uint8_t> RowPartition::table_of(const SplitRule& rule) const {
    if (!rule.left_categories.empty()) return right_categories(rule, X_.codes(rule.feature) != nullptr);
    const FeatureColumns& columns = X_.columns();
    if (columns.is_shared(columns.column(rule.feature))) return right_shared_bytes(rule, columns.bytes(rule.feature));
    return {};
}

std::size_t RowPartition::split_block(const SplitRule& rule, std::span<const std::uint8_t> goes_right,
                                      const RowBlock& block, const Segment& segment, std::size_t worker) {
    const simd::KernelTable& kernels = simd::active();
    const std::size_t at = block.first_row() + segment.begin;
    std::uint16_t* rows = rows_.data() + at;
    std::uint16_t* scratch = scratch_.data() + at;
    const std::size_t at_column = X_.columns().column(rule.feature);
    if (X_.columns().is_listed(at_column)) {
        std::uint8_t* bytes = listed_columns_[worker].data();
        X_.listed().write(rule.feature, block.first_row(), block.n_rows(), bytes);
        const std::size_t n_left = kernels.partition_bytes(rows, segment.size, bytes, goes_right.data(), scratch);
        X_.listed().clear(rule.feature, block.first_row(), block.n_rows(), bytes);
        return n_left;
    }
    const std::uint8_t* column = block.column(at_column);
    if (goes_right.empty()) return kernels.partition(rows, segment.size, column, rule.shift(), rule.limit(), scratch);
    const std::uint32_t* codes = X_.codes(rule.feature);
    if (codes)
        return kernels.partition_codes(rows, segment.size, codes + block.first_row(), goes_right.data(), scratch);
    return kernels.partition_bytes(rows, segment.size, column, goes_right.data(), scratch);
}

}  // namespace hornbeam::boosting
