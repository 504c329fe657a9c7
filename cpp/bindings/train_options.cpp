#include "bindings/train_options.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "bindings/numpy_views.hpp"
#include "bindings/python_objective.hpp"
#include "common/error.hpp"

namespace hornbeam {

namespace {

// Takes arguments out by name, so that those left over are unknown.
class Reader {
  public:
    explicit Reader(const py::kwargs& arguments) : left_(arguments.attr("copy")()) {}

    template <typename T>
    void read(const char* name, T& value) {
        if (!left_.contains(name)) return;
        try {
            value = left_.attr("pop")(name).cast<T>();
        } catch (const py::cast_error&) {
            throw py::type_error(std::string("Trainer() got a wrong type for ") + name);
        }
    }

    // Per feature.
    void read(const char* name, std::vector<std::size_t>& values) {
        if (!left_.contains(name)) return;
        const py::object given = left_.attr("pop")(name);
        if (given.is_none()) return;
        if (!py::isinstance<py::array>(given)) throw py::type_error(std::string(name) + " must be an array or None");
        for (const std::int64_t n : to_vector<std::int64_t>(given, name)) {
            check_argument(n >= 0 && n < std::numeric_limits<std::int32_t>::max(),
                           "{} must be in [0, 2^31 - 1), got {}", name, n);
            values.push_back(static_cast<std::size_t>(n));
        }
    }

    void read(const char* name, boosting::MonotoneSigns& signs) {
        std::vector<int> given;
        read(name, given);
        for (const int sign : given) {
            check_argument(sign >= -1 && sign <= 1, "{} must consist of -1, 0 and 1, got {}", name, sign);
            signs.push_back(static_cast<std::int8_t>(sign));
        }
        if (std::ranges::all_of(signs, [](std::int8_t sign) { return sign == 0; })) signs.clear();
    }

    void finish() const {
        for (const auto& [name, value] : left_)
            throw py::type_error("Trainer() got an unexpected keyword argument " + py::repr(name).cast<std::string>());
    }

  private:
    py::dict left_;
};

void require(bool holds, const char* name, const char* allowed, auto value) {
    check_argument(holds, "{} must be {}, got {}", name, allowed, value);
}

void require_non_negative(const char* name, double value) {
    require(value >= 0.0 && std::isfinite(value), name, "non-negative and finite", value);
}

void require_share(const char* name, double value) { require(value > 0.0 && value <= 1.0, name, "in (0, 1]", value); }

void check_options(const boosting::TrainOptions& options, const boosting::ObjectiveOptions& objective) {
    const boosting::GrowOptions& grow = options.grow;
    check_argument(options.max_bins >= 2 && options.max_bins <= boosting::kMaxValueBins,
                   "max_bins must be in [2, {}], got {}", boosting::kMaxValueBins, options.max_bins);
    require(grow.max_leaf_nodes != 1, "max_leaf_nodes", "0 (no limit) or at least 2", grow.max_leaf_nodes);
    require(grow.split.min_samples_leaf >= 1, "min_samples_leaf", "at least 1", grow.split.min_samples_leaf);
    require_non_negative("l1_regularization", grow.split.l1);
    require_non_negative("l2_regularization", grow.split.l2);
    require_non_negative("min_split_gain", grow.split.min_gain);
    require_non_negative("min_child_weight", grow.split.min_hessian);
    const double rate = options.leaf.learning_rate;
    require(rate > 0.0 && std::isfinite(rate), "learning_rate", "positive and finite", rate);
    require_share("subsample", options.sampling.subsample);
    require_share("colsample_bytree", grow.features.by_tree);
    require_share("colsample_bylevel", grow.features.by_level);
    require_share("max_features", grow.features.by_node);
    const boosting::CategoryOptions& category = grow.split.category;
    require_non_negative("cat_smooth", category.smooth);
    require_non_negative("cat_l2", category.l2);
    require_non_negative("cat_cost", category.cost);
    require(objective.quantile >= 0.0 && objective.quantile <= 1.0, "quantile", "in [0, 1]", objective.quantile);
    require(objective.power > 1.0 && objective.power < 2.0, "power", "in (1, 2)", objective.power);
}

}  // namespace

TrainArguments read_arguments(const py::kwargs& arguments) {
    boosting::TrainOptions options;
    boosting::ObjectiveOptions objective_options;
    py::object objective = py::str();
    Reader reader(arguments);
    reader.read("objective", objective);
    reader.read("quantile", objective_options.quantile);
    reader.read("power", objective_options.power);
    reader.read("n_classes", options.n_classes);
    reader.read("max_bins", options.max_bins);
    reader.read("n_categories", options.n_categories);
    reader.read("learning_rate", options.leaf.learning_rate);
    reader.read("l1_regularization", options.leaf.l1);
    reader.read("l2_regularization", options.leaf.l2);
    reader.read("max_leaf_nodes", options.grow.max_leaf_nodes);
    reader.read("max_depth", options.grow.max_depth);
    reader.read("subsample", options.sampling.subsample);
    reader.read("gradient_based_sampling", options.sampling.by_gradient);
    reader.read("colsample_bytree", options.grow.features.by_tree);
    reader.read("colsample_bylevel", options.grow.features.by_level);
    reader.read("max_features", options.grow.features.by_node);
    reader.read("seed", options.grow.seed);
    reader.read("min_samples_leaf", options.grow.split.min_samples_leaf);
    reader.read("min_split_gain", options.grow.split.min_gain);
    reader.read("extra_trees", options.grow.split.extra_trees);
    reader.read("min_child_weight", options.grow.split.min_hessian);
    reader.read("interaction_cst", options.grow.features.interactions.groups);
    reader.read("max_path_features", options.grow.features.interactions.max_path_features);
    reader.read("monotonic_cst", options.leaf.monotone);
    reader.read("cat_smooth", options.grow.split.category.smooth);
    reader.read("cat_cost", options.grow.split.category.cost);
    reader.read("cat_l2", options.grow.split.category.l2);
    reader.read("max_cat_to_onehot", options.grow.split.category.max_onehot);
    reader.read("n_threads", options.threads.n_threads);
    reader.finish();
    options.grow.split.l1 = options.leaf.l1;
    options.grow.split.l2 = options.leaf.l2;
    options.grow.split.monotone = options.leaf.monotone;
    check_options(options, objective_options);
    return {std::move(options), make_objective(objective, objective_options)};
}

}  // namespace hornbeam
