// Tables and models for the stress driver: small, seeded, with missing values and categories.
#pragma once

#include <limits>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "boosting/model.hpp"
#include "boosting/predictor.hpp"
#include "boosting/trainer.hpp"
#include "common/matrix_view.hpp"

namespace hornbeam::stress {

using boosting::Model;
using boosting::ModelArrays;

inline constexpr std::size_t kFeatures = 7;
// The last two are categories, few and more than a byte holds.
inline constexpr std::size_t kFewCategories = 9;
inline constexpr std::size_t kManyCategories = 300;

struct Data {
    std::vector<double> X;
    std::vector<double> y;  // classes 0..n_classes-1, which serve as real targets as well
    std::vector<double> weight;

    [[nodiscard]] std::size_t n_rows() const { return y.size(); }
    [[nodiscard]] MatrixView<const double> matrix() const {
        return {X.data(), n_rows(), kFeatures, static_cast<std::ptrdiff_t>(kFeatures), 1};
    }
};

inline Data make_data(std::size_t n_rows, std::size_t n_classes, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    Data data;
    for (std::size_t i = 0; i < n_rows; ++i) {
        double sum = 0.0;
        for (std::size_t j = 0; j < kFeatures; ++j) {
            const double x = normal(random);
            sum += j < 3 ? x : 0.0;
            data.X.push_back(random() % 17 == 0 ? std::numeric_limits<double>::quiet_NaN() : x);
        }
        const std::size_t few = random() % kFewCategories;
        data.X[data.X.size() - 2] = static_cast<double>(few);
        data.X.back() = static_cast<double>(random() % kManyCategories);
        sum += few % 2 == 0 ? 0.5 : -0.5;
        const double top = static_cast<double>(n_classes - 1);
        const double target = sum + 0.5 * top;
        data.y.push_back(target < 0.5 ? 0.0 : target > top ? top : static_cast<double>(static_cast<int>(target)));
        data.weight.push_back(0.5 + static_cast<double>(random() % 5));
    }
    return data;
}

inline boosting::TrainOptions options_for(std::string_view objective, std::size_t n_threads) {
    boosting::TrainOptions options;
    options.n_classes = objective == "multiclass_log_loss" ? 3 : 1;
    options.n_categories = {0, 0, 0, 0, 0, kFewCategories, kManyCategories};
    options.sampling = {0.7, objective.size() % 2 == 0};  // a method for each half of the objectives
    options.grow.features.by_tree = 0.9;
    options.grow.features.by_level = 0.9;
    options.grow.features.by_node = 0.8;
    options.grow.split.extra_trees = objective == "gamma";
    options.grow.split.min_samples_leaf = 5;
    options.threads = {n_threads};
    return options;
}

inline std::size_t n_labels(std::string_view objective) { return objective == "multiclass_log_loss" ? 3 : 2; }

inline std::shared_ptr<const Model> fit(const Data& data, std::string_view objective, std::size_t n_threads,
                                        bool weighted) {
    std::vector<double> targets = data.y;
    if (objective == "gamma")  // which takes no zeros
        for (double& target : targets) target += 1.0;
    const VectorView<const double> y{targets.data(), targets.size(), 1};
    const VectorView<const double> weight{weighted ? data.weight.data() : nullptr, weighted ? data.n_rows() : 0, 1};
    boosting::Trainer trainer(data.matrix(), y, weight, {}, boosting::ObjectiveRegistry::create(objective, {}),
                              options_for(objective, n_threads), nullptr);
    trainer.set_validation(data.matrix(), y, weight, {});
    for (int i = 0; i < 4; ++i) trainer.boost();
    return trainer.model();
}

inline std::vector<double> predict(const boosting::Predictor& predictor, const Data& data, std::size_t n_threads) {
    const std::size_t n_outputs = predictor.model().n_outputs();
    std::vector<double> out(data.n_rows() * n_outputs, 0.0);
    const MatrixView<double> view{out.data(), data.n_rows(), n_outputs, static_cast<std::ptrdiff_t>(n_outputs), 1};
    predictor.add_raw(data.matrix(), {0, predictor.model().n_iterations()}, view, {n_threads});
    return out;
}

inline bool same_trees(const ModelArrays& a, const ModelArrays& b) {
    return a.baseline == b.baseline && a.tree_offset == b.tree_offset && a.feature == b.feature &&
           a.threshold == b.threshold && a.missing_left == b.missing_left && a.left == b.left && a.right == b.right &&
           a.gain == b.gain && a.node_count == b.node_count && a.leaf_value == b.leaf_value &&
           a.leaf_count == b.leaf_count && a.category_node == b.category_node && a.category_bits == b.category_bits;
}

}  // namespace hornbeam::stress
