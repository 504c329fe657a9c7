// The rows that the trees of an iteration learn from (docs/boosting.md §10).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hornbeam::boosting {

struct RowSample {
    std::vector<std::size_t> first_row;   // of each block
    std::vector<std::uint16_t> rows;      // per block, within it: those drawn, then the others, both ascending
    std::vector<std::uint32_t> n_drawn;   // of each block
    std::uint64_t total_count = 0;        // of the drawn rows, frequencies included
    std::vector<std::uint16_t> class_of;  // of each row; empty if all are as likely
    std::vector<double> probability;      // of each class

    [[nodiscard]] std::size_t n_blocks() const { return n_drawn.size(); }
    [[nodiscard]] std::span<const std::uint16_t> drawn(std::size_t block) const {
        return {rows.data() + first_row[block], n_drawn[block]};
    }
    [[nodiscard]] std::span<const std::uint16_t> others(std::size_t block) const {
        const std::size_t end = block + 1 < n_blocks() ? first_row[block + 1] : rows.size();
        return {rows.data() + first_row[block] + n_drawn[block], rows.data() + end};
    }

    // Whether gradients are divided by the probability that their row had.
    [[nodiscard]] bool divides() const { return !class_of.empty(); }
    [[nodiscard]] double divisor(std::size_t row) const { return probability[class_of[row]]; }
};

}  // namespace hornbeam::boosting
