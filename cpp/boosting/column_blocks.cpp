#include "boosting/column_blocks.hpp"

#include <algorithm>

#include "common/parallel.hpp"

namespace hornbeam::boosting {

namespace {

// Of the same size, as far as possible.
void append_blocks(const Stripe& stripe, std::span<const std::size_t> columns, std::size_t max_columns,
                   std::vector<ColumnBlock>& blocks) {
    if (columns.empty()) return;
    const std::size_t n_blocks = parallel::n_chunks_for(columns.size(), max_columns);
    for (std::size_t b = 0; b < n_blocks; ++b) {
        const std::size_t begin = b * columns.size() / n_blocks;
        const std::size_t end = (b + 1) * columns.size() / n_blocks;
        ColumnBlock block{&stripe, columns[begin], end - begin, {}};
        for (std::size_t i = begin; i < end; ++i)
            block.offset[i - begin] = static_cast<std::uint32_t>(columns[i] - block.first);
        blocks.push_back(block);
    }
}

}  // namespace

std::vector<ColumnBlock> make_column_blocks(const std::vector<Stripe>& stripes, std::span<const std::size_t> columns,
                                            std::size_t max_columns) {
    std::vector<ColumnBlock> blocks;
    auto next = columns.begin();
    for (const Stripe& stripe : stripes) {
        const auto first = next;
        next = std::lower_bound(first, columns.end(), stripe.first_column + stripe.n_columns);
        append_blocks(stripe, {first, next}, max_columns, blocks);
    }
    return blocks;
}

}  // namespace hornbeam::boosting
