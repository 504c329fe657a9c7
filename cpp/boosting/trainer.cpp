#include "boosting/trainer.hpp"

#include <algorithm>
#include <cmath>

#include "boosting/order_free_sum.hpp"
#include "common/error.hpp"

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kChunkRows = 8192;
constexpr std::size_t kNanosecondsPerGradient = 5;
constexpr std::size_t kNanosecondsPerResidual = 20;

template <typename Float>
void check_shapes(MatrixView<const Float> X, VectorView<const double> y, VectorView<const double> weight,
                  MatrixView<const double> init_score) {
    check_argument(X.n_rows >= 1, "X must have at least one row");
    check_argument(X.n_cols >= 1, "X must have at least one feature");
    check_argument(X.n_rows < (std::size_t{1} << 31), "X must have fewer than 2^31 rows, got {}", X.n_rows);
    check_argument(X.n_cols < (std::size_t{1} << 31), "X must have fewer than 2^31 features, got {}", X.n_cols);
    check_argument(y.size == X.n_rows, "y must have as many elements as X has rows ({}), got {}", X.n_rows, y.size);
    check_argument(weight.data == nullptr || weight.size == X.n_rows,
                   "sample_weight must have as many elements as X has rows ({}), got {}", X.n_rows, weight.size);
    check_argument(init_score.data == nullptr || init_score.n_rows == X.n_rows,
                   "init_score must have as many rows as X ({}), got {}", X.n_rows, init_score.n_rows);
}

bool goes_left(const BinnedMatrix& X, const RowBlock& block, std::size_t i, const TreeNode& node) {
    const auto feature = static_cast<std::size_t>(node.feature);
    const std::uint8_t bin = block.column(feature)[i];
    if (node.left_categories.empty()) return bin == simd::kMissingBin ? node.missing_left : bin <= node.bin;
    const std::uint32_t* codes = X.codes(feature);
    if (!codes) return bin == simd::kMissingBin ? node.missing_left : has_category(node.left_categories, bin);
    const std::uint32_t code = codes[block.first_row() + i];
    return code == X.n_codes(feature) ? node.missing_left : has_category(node.left_categories, code);
}

}  // namespace

template <typename Float>
Trainer::Trainer(MatrixView<const Float> X, VectorView<const double> y, VectorView<const double> weight,
                 MatrixView<const double> init_score, TrainOptions options, std::shared_ptr<const Predictor> initial)
    : options_(std::move(options)),
      objective_(ObjectiveRegistry::create(options_.objective, options_.objective_options)),
      n_outputs_(objective_->n_outputs(options_.n_classes)),
      initial_(std::move(initial)),
      train_(profile_.time(Stage::kRead,
                           [&] {
                               check_shapes(X, y, weight, init_score);
                               check_argument(options_.n_categories.empty() || options_.n_categories.size() == X.n_cols,
                                              "n_categories must have an element for each of {} features, got {}",
                                              X.n_cols, options_.n_categories.size());
                               return scored_rows(y, weight);
                           })),
      mapper_(profile_.time(Stage::kEdges,
                            [&] {
                                return BinMapper::fit(X, train_.weights, options_.max_bins, options_.n_categories,
                                                      options_.threads);
                            })),
      X_(profile_.time(Stage::kBin, [&] { return BinnedMatrix(X, mapper_, options_.threads); })),
      quantiser_(train_.weights, options_.threads),
      grower_(X_, mapper_, options_.grow, options_.threads, profile_) {
    start_arrays(init_score.data != nullptr);
    for (const double baseline : arrays_.baseline) largest_score_.push_back(std::abs(baseline));
    bound_scores(0);
    profile_.time(Stage::kRead, [&] { start_scores(X, init_score, train_); });
    objective_->start_iteration({train_.y, train_.weights, options_.threads}, train_.raw);
    g_.resize(n_outputs_ * train_.n_rows());
    const bool constant_hessian = objective_->has_constant_hessian() && train_.weights.factor.empty();
    if (!constant_hessian) h_.resize(g_.size());
}

void Trainer::start_arrays(bool has_init_score) {
    arrays_.n_features = static_cast<std::int64_t>(X_.n_features());
    for (std::size_t f = 0; f < X_.n_features(); ++f) {
        if (!mapper_.is_categorical(f)) continue;
        arrays_.categorical_feature.push_back(static_cast<std::int32_t>(f));
        arrays_.n_categories.push_back(static_cast<std::int64_t>(mapper_.n_categories(f)));
    }
    if (initial_) return continue_arrays(initial_->model());
    arrays_.baseline = has_init_score
                           ? std::vector<double>(n_outputs_)
                           : objective_->baseline({train_.y, train_.weights, options_.threads}, n_outputs_);
    arrays_.tree_offset = {0};
    arrays_.leaf_offset = {0};
    if (!arrays_.categorical_feature.empty()) arrays_.category_offset = {0};
}

void Trainer::continue_arrays(const Model& model) {
    check_argument(model.n_outputs() == n_outputs_, "init_model has {} outputs, but {} needs {}", model.n_outputs(),
                   options_.objective, n_outputs_);
    check_argument(model.n_features() == X_.n_features(), "X has {} features, but init_model expects {}",
                   X_.n_features(), model.n_features());
    const ModelArrays& first = model.arrays();
    check_argument(
        first.categorical_feature == arrays_.categorical_feature && first.n_categories == arrays_.n_categories,
        "the categorical features of init_model and their categories must be those of X");
    arrays_ = first;
}

ScoredRows Trainer::scored_rows(VectorView<const double> y, VectorView<const double> weight) const {
    ScoredRows rows;
    rows.y.resize(y.size);
    parallel::for_strips(y.size, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) rows.y[i] = y[i];
    });
    objective_->check_targets(rows.y, n_outputs_);
    rows.weights = RowWeights::from(weight, y.size);
    return rows;
}

template <typename Float>
void Trainer::start_scores(MatrixView<const Float> X, MatrixView<const double> init_score, ScoredRows& rows) {
    const std::size_t n = rows.n_rows();
    rows.raw.resize(n_outputs_ * n);
    for (std::size_t k = 0; k < n_outputs_; ++k)
        std::fill_n(rows.raw.begin() + static_cast<std::ptrdiff_t>(k * n), n, arrays_.baseline[k]);
    const MatrixView<double> raw{rows.raw.data(), n, n_outputs_, 1, static_cast<std::ptrdiff_t>(n)};
    if (init_score.data) add_init_score(init_score, raw);
    if (initial_) initial_->add_raw(X, {0, initial_->model().n_iterations()}, raw, options_.threads);
    if (!init_score.data) return;  // else the bound on scores does not know of them
    for (std::size_t k = 0; k < n_outputs_; ++k) {
        const double largest = max_magnitude({rows.raw.data() + k * n, n}, options_.threads);
        check_argument(std::isfinite(largest), "init_score is too large: raw scores leave the float64 range");
        largest_score_[k] = std::max(largest_score_[k], largest);
    }
}

void Trainer::add_init_score(MatrixView<const double> init_score, MatrixView<double> raw) {
    check_argument(init_score.n_cols == n_outputs_, "init_score must have {} columns, got {}", n_outputs_,
                   init_score.n_cols);
    parallel::for_strips(raw.n_rows, [&](std::size_t begin, std::size_t end) {
        for (std::size_t k = 0; k < n_outputs_; ++k)
            for (std::size_t i = begin; i < end; ++i) {
                check_argument(std::isfinite(init_score(i, k)), "init_score must be finite, got {} at row {}",
                               init_score(i, k), i);
                raw(i, k) += init_score(i, k);
            }
    });
}

template <typename Float>
void Trainer::set_validation(MatrixView<const Float> X, VectorView<const double> y, VectorView<const double> weight,
                             MatrixView<const double> init_score) {
    check_shapes(X, y, weight, init_score);
    check_argument(X.n_cols == X_.n_features(), "X_val has {} features, but X has {}", X.n_cols, X_.n_features());
    check_argument(n_iterations() == (initial_ ? initial_->model().n_iterations() : 0),
                   "validation rows must be given before the first iteration");
    ScoredRows rows = scored_rows(y, weight);
    start_scores(X, init_score, rows);
    validation_.emplace(Validation{BinnedMatrix(X, mapper_, options_.threads), std::move(rows)});
}

void Trainer::compute_gradients() {
    const std::size_t n = train_.n_rows();
    const std::vector<double>& factor = train_.weights.factor;
    objective_->start_iteration({train_.y, train_.weights, options_.threads}, train_.raw);
    const auto limit = parallel::limit_for(options_.threads, n * n_outputs_ * kNanosecondsPerGradient);
    parallel::for_ranges(n, kChunkRows, limit, [&](std::size_t begin, std::size_t end) {
        double* g = g_.data() + begin;
        double* h = h_.empty() ? nullptr : h_.data() + begin;
        const std::size_t size = end - begin;
        objective_->gradients({train_.y.data() + begin, train_.raw.data() + begin, n, size}, n_outputs_, g, h);
        if (factor.empty() || h == nullptr) return;  // with weights there are always hessians
        for (std::size_t k = 0; k < n_outputs_; ++k)
            for (std::size_t i = 0; i < size; ++i) {
                g[k * n + i] *= factor[begin + i];
                h[k * n + i] *= factor[begin + i];
            }
    });
}

void Trainer::check_usable() const {
    check<std::runtime_error>(!broken_, "this Trainer was interrupted and cannot be used any more");
}

std::shared_ptr<const Model> Trainer::model() const {
    check_usable();
    return std::make_shared<const Model>(arrays_);
}

const ScoredRows& Trainer::train_rows() const {
    check_usable();
    return train_;
}

const ScoredRows& Trainer::validation_rows() const {
    check_usable();
    check_argument(validation_.has_value(), "no validation rows were set");
    return validation_->rows;
}

void Trainer::boost() {
    check_usable();
    broken_ = true;  // until the last tree of the iteration stands
    profile_.time(Stage::kGradients, [&] { compute_gradients(); });
    const std::size_t n = train_.n_rows();
    for (std::size_t k = 0; k < n_outputs_; ++k) {
        const double* g = g_.data() + k * n;
        const double* h = h_.empty() ? nullptr : h_.data() + k * n;
        const QuantisedGradients quantised = profile_.time(Stage::kQuantise, [&] { return quantiser_.quantise(g, h); });
        const auto tree_index = static_cast<std::uint32_t>(arrays_.tree_offset.size() - 1);
        Tree tree = grower_.grow(quantised, tree_index);
        profile_.time(Stage::kLeaves, [&] {
            if (objective_->has_own_leaf_values())
                set_own_leaf_values(tree, train_.raw.data() + k * n);
            else
                set_newton_leaf_values(quantised, {g, h}, tree);
        });
        profile_.time(Stage::kScores, [&] { grower_.update_scores(tree, train_.raw.data() + k * n); });
        if (validation_) profile_.time(Stage::kValidation, [&] { add_to_validation(tree, k); });
        arrays_.append(tree);
    }
    bound_scores(arrays_.tree_offset.size() - 1 - n_outputs_);
    broken_ = false;
}

void Trainer::set_newton_leaf_values(const QuantisedGradients& gradients, const TrueGradients& exact,
                                     Tree& tree) const {
    const std::vector<LeafGradients> sums = grower_.leaf_gradients(gradients, exact);
    for (std::size_t leaf = 0; leaf < sums.size(); ++leaf)
        tree.leaves[leaf].value = newton_leaf(*objective_, options_.leaf, sums[leaf], gradients.gradient_exponent,
                                              gradients.hessian_exponent);
}

void Trainer::set_own_leaf_values(Tree& tree, const double* raw) const {
    const auto limit = parallel::limit_for(options_.threads, train_.n_rows() * kNanosecondsPerResidual);
    parallel::for_chunks(tree.leaves.size(), limit, [&](std::size_t leaf, std::size_t) {
        const std::vector<std::size_t> rows = grower_.rows_of(leaf);
        LeafRows leaf_rows{{}, train_.weights.subset(rows)};
        leaf_rows.residual.reserve(rows.size());
        for (const std::size_t row : rows) {
            leaf_rows.residual.push_back(train_.y[row] - raw[row]);
            check_argument(std::isfinite(leaf_rows.residual.back()),
                           "the errors of the predictions left the float64 range: y is too large");
        }
        const double value = objective_->leaf_value(leaf_rows);
        tree.leaves[leaf].value = clipped_to_finite(options_.leaf.learning_rate * value);
    });
}

void Trainer::bound_scores(std::size_t first) {
    for (std::size_t tree = first; tree + 1 < arrays_.leaf_offset.size(); tree += n_outputs_)
        for (std::size_t k = 0; k < n_outputs_; ++k) {
            // Rounding is monotone: while this sum is finite, so is that of any row, after every tree.
            largest_score_[k] += arrays_.largest_leaf(tree + k);
            check_argument(std::isfinite(largest_score_[k]),
                           "predictions could leave the float64 range: y or learning_rate is too large");
        }
}

void Trainer::add_to_validation(const Tree& tree, std::size_t output) {
    double* raw = validation_->rows.raw.data() + output * validation_->rows.n_rows();
    const std::vector<RowBlock>& blocks = validation_->X.blocks();
    parallel::for_chunks(blocks.size(), parallel::limit_for(options_.threads, validation_->rows.n_rows() * 20),
                         [&](std::size_t b, std::size_t) {
                             for (std::size_t i = 0; i < blocks[b].n_rows(); ++i) {
                                 std::int32_t at = tree.nodes.empty() ? ~0 : 0;
                                 while (at >= 0) {
                                     const TreeNode& node = tree.nodes[static_cast<std::size_t>(at)];
                                     at = goes_left(validation_->X, blocks[b], i, node) ? node.left : node.right;
                                 }
                                 raw[blocks[b].first_row() + i] += tree.leaves[static_cast<std::size_t>(~at)].value;
                             }
                         });
}

double Trainer::loss(const ScoredRows& rows) const {
    const std::size_t n = rows.n_rows();
    std::vector<double> losses(n);
    const auto limit = parallel::limit_for(options_.threads, n * n_outputs_ * kNanosecondsPerGradient);
    parallel::for_ranges(n, kChunkRows, limit, [&](std::size_t begin, std::size_t end) {
        objective_->losses({rows.y.data() + begin, rows.raw.data() + begin, n, end - begin}, n_outputs_,
                           losses.data() + begin);
    });
    const double mean = weighted_mean(losses, rows.weights, options_.threads);
    check_argument(std::isfinite(mean), "the loss leaves the float64 range: y is too large to be scored");
    return mean;
}

template Trainer::Trainer(MatrixView<const float>, VectorView<const double>, VectorView<const double>,
                          MatrixView<const double>, TrainOptions, std::shared_ptr<const Predictor>);
template Trainer::Trainer(MatrixView<const double>, VectorView<const double>, VectorView<const double>,
                          MatrixView<const double>, TrainOptions, std::shared_ptr<const Predictor>);
template void Trainer::set_validation(MatrixView<const float>, VectorView<const double>, VectorView<const double>,
                                      MatrixView<const double>);
template void Trainer::set_validation(MatrixView<const double>, VectorView<const double>, VectorView<const double>,
                                      MatrixView<const double>);

}  // namespace hornbeam::boosting
