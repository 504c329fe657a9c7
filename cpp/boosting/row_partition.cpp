#include "boosting/row_partition.hpp"

#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

RowPartition::RowPartition(const BinnedMatrix& X, parallel::ThreadLimit threads)
    : X_(X), threads_(threads), rows_(X.n_rows()), scratch_(X.n_rows()) {}

NodeRows RowPartition::reset() {
    NodeRows root;
    for (const RowBlock& block : X_.blocks()) {
        for (std::size_t i = 0; i < block.n_rows(); ++i) rows_[block.first_row() + i] = static_cast<std::uint16_t>(i);
        root.segments.push_back({0, static_cast<std::uint32_t>(block.n_rows())});
    }
    root.n_rows = X_.n_rows();
    return root;
}

void RowPartition::split(const NodeRows& node, const SplitRule& rule, NodeRows& left, NodeRows& right) {
    const simd::KernelTable& kernels = simd::active();
    const std::size_t n_blocks = X_.blocks().size();
    left.segments.resize(n_blocks);
    right.segments.resize(n_blocks);
    parallel::for_chunks(n_blocks, parallel::limit_for(threads_, node.n_rows * 2), [&](std::size_t b, std::size_t) {
        const RowBlock& block = X_.blocks()[b];
        const Segment& segment = node.segments[b];
        const std::size_t at = block.first_row() + segment.begin;
        const auto n_left =
            static_cast<std::uint32_t>(kernels.partition(rows_.data() + at, segment.size, block.column(rule.feature),
                                                         rule.shift(), rule.limit(), scratch_.data() + at));
        left.segments[b] = {segment.begin, n_left};
        right.segments[b] = {segment.begin + n_left, segment.size - n_left};
    });
    left.n_rows = 0;
    for (const Segment& segment : left.segments) left.n_rows += segment.size;
    right.n_rows = node.n_rows - left.n_rows;
}

}  // namespace hornbeam::boosting
