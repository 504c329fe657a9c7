#include "boosting/value_bounds.hpp"

#include "common/error.hpp"

namespace hornbeam::boosting {

void check_monotone(const MonotoneSigns& signs, std::size_t n_features, std::size_t n_outputs) {
    if (signs.empty()) return;
    check_argument(signs.size() == n_features, "monotonic_cst must have an element for each of {} features, got {}",
                   n_features, signs.size());
    check_argument(n_outputs == 1, "monotonic_cst needs a model of one output, got {}", n_outputs);
}

}  // namespace hornbeam::boosting
