// A row of a base and how far it is from a query; the order that exact search promises.
#pragma once

#include <cstdint>

namespace hornbeam::neighbors {

struct Neighbor {
    double distance;  // reduced
    std::uint32_t row;

    // By distance, then by row.
    friend bool operator<(const Neighbor& a, const Neighbor& b) {
        return a.distance < b.distance || (a.distance == b.distance && a.row < b.row);
    }
};

// No row has this number.
inline constexpr std::uint32_t kNoRow = UINT32_MAX;

}  // namespace hornbeam::neighbors
