// Any arrays are refused as a ModelFormatError, or are a model whose two ways of predicting agree in every bit, and whose
// contributions are finite and the same at every SIMD level.
//
// The rows are made from the model's own thresholds, where a wrong comparison shows, and from missing and huge values.
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>

#include "boosting/predictor.hpp"
#include "boosting/tree_shap.hpp"
#include "common/error.hpp"
#include "encoding.hpp"
#include "simd/cpu.hpp"

namespace hornbeam::fuzz {
namespace {

using boosting::Model;
using boosting::Predictor;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A file may claim 2^31 features; rows that wide would measure this test, not the model.
constexpr std::size_t kMaxFeatures = 64;

// Few rows are walked over values, many over bins, with a last tile that is not full.
constexpr std::size_t kFewRows = 3;
constexpr std::size_t kManyRows = 70;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "FAILED: %s\n", what);
    std::abort();
}

// Row i meets the i-th threshold of each feature, then its neighbours; the first three rows are extreme.
std::vector<double> make_rows(const Model& model) {
    const ModelArrays& arrays = model.arrays();
    const std::size_t n_features = model.n_features();
    std::vector<double> X(kManyRows * n_features, std::numeric_limits<double>::quiet_NaN());
    std::fill_n(X.begin() + static_cast<std::ptrdiff_t>(n_features), n_features, std::numeric_limits<double>::max());
    std::fill_n(X.begin() + static_cast<std::ptrdiff_t>(2 * n_features), n_features, -kInfinity);
    std::vector<std::size_t> next_row(n_features, kFewRows);
    for (std::size_t i = 0; i < arrays.feature.size(); ++i) {
        const auto feature = static_cast<std::size_t>(arrays.feature[i]);
        const double t = arrays.threshold[i];
        for (const double x : {t, std::nextafter(t, kInfinity), std::nextafter(t, -kInfinity)})
            if (next_row[feature] < kManyRows) X[next_row[feature]++ * n_features + feature] = x;
    }
    for (std::size_t j = 0; j < arrays.categorical_feature.size(); ++j) {
        const auto feature = static_cast<std::size_t>(arrays.categorical_feature[j]);
        const auto n = static_cast<double>(arrays.n_categories[j]);
        for (const double x : {0.0, 1.0, 31.0, 32.0, n - 1.0, n, 0.5, -1.0})
            if (next_row[feature] < kManyRows) X[next_row[feature]++ * n_features + feature] = x;
    }
    return X;
}

std::vector<double> walk(const Model& model, MatrixView<const double> X) {
    std::vector<double> out;
    for (std::size_t i = 0; i < X.n_rows; ++i)
        for (std::size_t k = 0; k < model.n_outputs(); ++k) {
            double score = model.arrays().baseline[k];
            for (std::size_t tree = k; tree < model.n_trees(); tree += model.n_outputs())
                score += model.leaf_value(tree, X.row(i));
            out.push_back(score);
        }
    return out;
}

std::vector<double> predict(const Predictor& predictor, MatrixView<const double> X) {
    const Model& model = predictor.model();
    const std::size_t n_outputs = model.n_outputs();
    std::vector<double> out;
    for (std::size_t i = 0; i < X.n_rows; ++i)
        out.insert(out.end(), model.arrays().baseline.begin(), model.arrays().baseline.end());
    const MatrixView<double> view{out.data(), X.n_rows, n_outputs, static_cast<std::ptrdiff_t>(n_outputs), 1};
    predictor.add_raw(X, {0, model.n_iterations()}, view, {1});
    return out;
}

std::vector<double> contributions(const Model& model, MatrixView<const double> X) {
    const std::size_t n_cols = (model.n_features() + 1) * model.n_outputs();
    std::vector<double> out(X.n_rows * n_cols);
    boosting::add_contributions(model, X, {out.data(), X.n_rows, n_cols, static_cast<std::ptrdiff_t>(n_cols), 1}, {1});
    return out;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
    return std::ranges::equal(
        a, b, [](double x, double y) { return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y); });
}

void check_model(const std::shared_ptr<const Model>& model) {
    for (const auto& [feature, share] : model->feature_importances())
        require(feature < model->n_features() && share >= 0.0 && share <= 1.0, "an importance is no share");
    const Predictor predictor(model);
    const std::vector<double> rows = make_rows(*model);
    for (const std::size_t n_rows : {kFewRows, kManyRows}) {
        const auto n_features = model->n_features();
        const MatrixView<const double> X{rows.data(), n_rows, n_features, static_cast<std::ptrdiff_t>(n_features), 1};
        const std::vector<double> expected = walk(*model, X);
        const std::vector<double> shares = contributions(*model, X);
        for (const double score : expected) require(std::isfinite(score), "a score is not finite");
        for (const double share : shares) require(std::isfinite(share), "a contribution is not finite");
        for (const std::string& level : simd::runnable_levels()) {
            simd::set_level(level);
            require(same_bits(predict(predictor, X), expected), "the predictor and the walk differ");
            require(same_bits(contributions(*model, X), shares), "contributions differ between SIMD levels");
        }
    }
}

}  // namespace
}  // namespace hornbeam::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hornbeam;
    try {
        const auto model = std::make_shared<const boosting::Model>(fuzz::decode({data, size}));
        if (model->n_features() <= fuzz::kMaxFeatures) fuzz::check_model(model);
    } catch (const ModelFormatError&) {
        return 0;
    }
    return 0;
}
