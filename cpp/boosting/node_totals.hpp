// The integer sums of gradient, hessian and count over rows.
#pragma once

#include <cstdint>

namespace hornbeam::boosting {

struct NodeTotals {
    std::int64_t gradient = 0;
    std::int64_t hessian = 0;
    std::int64_t count = 0;

    NodeTotals& operator+=(const NodeTotals& other) {
        gradient += other.gradient;
        hessian += other.hessian;
        count += other.count;
        return *this;
    }
    friend NodeTotals operator-(const NodeTotals& a, const NodeTotals& b) {
        return {a.gradient - b.gradient, a.hessian - b.hessian, a.count - b.count};
    }
};

}  // namespace hornbeam::boosting
