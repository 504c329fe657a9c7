#include "boosting/trainer.hpp"

#include <algorithm>
#include <cmath>

#include "boosting/order_free_sum.hpp"
#include "common/error.hpp"

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kChunkRows = 8192;
constexpr std::size_t kNanosecondsPerGradient = 5;

bool goes_left(const BinnedMatrix& X, const RowBlock& block, std::size_t i, const TreeNode& node) {
    const auto feature = static_cast<std::size_t>(node.feature);
    if (const std::uint32_t* codes = X.codes(feature); codes && !node.left_categories.empty()) {
        const std::uint32_t code = codes[block.first_row() + i];
        return code == X.n_codes(feature) ? node.missing_left : has_category(node.left_categories, code);
    }
    const std::uint8_t bin = X.bin(block, i, feature);
    if (bin == simd::kMissingBin) return node.missing_left;
    return node.left_categories.empty() ? bin <= node.bin : has_category(node.left_categories, bin);
}

// Categories have no order.
void check_ordered(const TrainOptions& options) {
    const MonotoneSigns& signs = options.leaf.monotone;
    for (std::size_t f = 0; f < std::min(signs.size(), options.n_categories.size()); ++f)
        check_argument(signs[f] == 0 || options.n_categories[f] == 0,
                       "monotonic_cst must be 0 for categorical features, got {} for feature {}", int{signs[f]}, f);
}

}  // namespace

template <typename Float>
Trainer::BinnedTable Trainer::BinnedTable::make(MatrixView<const Float> X, const RowWeights& weights,
                                                const TrainOptions& options, FitProfile& profile) {
    std::vector<RowBits> nonzero;
    BinMapper mapper = profile.time(Stage::kEdges, [&] {
        return BinMapper::fit(X, weights, options.max_bins, options.n_categories, options.threads, nonzero);
    });
    BinnedMatrix bins = profile.time(
        Stage::kBin, [&] { return BinnedMatrix(X, mapper, FeatureColumns(mapper, nonzero), options.threads); });
    return {std::move(mapper), std::move(bins)};
}

template <typename Float>
Trainer::BinnedTable Trainer::BinnedTable::make(const SparseRows<Float>& X, const RowWeights& weights,
                                                const TrainOptions& options, FitProfile& profile) {
    const SparseColumns<Float> columns = profile.time(Stage::kRead, [&] { return SparseColumns<Float>(X); });
    const auto min_count = static_cast<std::uint64_t>(options.grow.split.min_samples_leaf);
    BinMapper mapper = profile.time(
        Stage::kEdges, [&] { return BinMapper::fit(columns, weights, options.max_bins, min_count, options.threads); });
    BinnedMatrix bins = profile.time(Stage::kBin, [&] {
        return BinnedMatrix(columns, mapper, FeatureColumns(mapper, columns, false), options.threads);
    });
    return {std::move(mapper), std::move(bins)};
}

template <typename Table>
Trainer::Trainer(const Table& X, VectorView<const double> y, VectorView<const double> weight,
                 MatrixView<const double> init_score, std::unique_ptr<Objective> objective, const TrainOptions& options,
                 std::shared_ptr<const Predictor> initial)
    : options_(options),
      objective_(std::move(objective)),
      n_outputs_(objective_->n_outputs(options_.n_classes)),
      initial_(std::move(initial)),
      train_(profile_.time(Stage::kRead,
                           [&] {
                               check_argument(options_.n_categories.empty() || options_.n_categories.size() == X.n_cols,
                                              "n_categories must have an element for each of {} features, got {}",
                                              X.n_cols, options_.n_categories.size());
                               check_argument(!kIsSparse<Table> || options_.n_categories.empty(),
                                              "X must be dense if it has categorical features");
                               check_monotone(options_.leaf.monotone, X.n_cols, n_outputs_);
                               check_ordered(options_);
                               return ScoredRows::read({X.n_rows, X.n_cols}, y, weight, init_score, *objective_,
                                                       n_outputs_);
                           })),
      table_(BinnedTable::make(X, train_.weights, options_, profile_)),
      quantiser_(train_.weights, options_.threads),
      grower_(table_.X, table_.mapper, options_.grow, options_.threads, profile_),
      learner_(*objective_, train_, n_outputs_, options_.leaf, options_.threads) {
    if (options_.sampling.subsample < 1.0)
        sampler_.emplace(options_.sampling, train_.weights, BinnedMatrix::block_rows(table_.X.n_rows()),
                         options_.grow.seed, options_.threads);
    start_arrays(init_score.data != nullptr);
    bound_ = ScoreBound(arrays_.baseline);
    for (std::size_t tree = 0; tree + 1 < arrays_.tree_offset.size(); ++tree) bound_.add(arrays_, tree);
    profile_.time(Stage::kRead, [&] { start_scores(X, init_score, train_); });
    objective_->start_fit({train_.y, train_.weights, options_.threads}, train_.raw);
}

void Trainer::start_arrays(bool has_init_score) {
    arrays_.n_features = static_cast<std::int64_t>(n_features());
    for (std::size_t f = 0; f < n_features(); ++f) {
        if (!table_.mapper.is_categorical(f)) continue;
        arrays_.categorical_feature.push_back(static_cast<std::int32_t>(f));
        arrays_.n_categories.push_back(static_cast<std::int64_t>(table_.mapper.n_categories(f)));
    }
    if (initial_) return continue_arrays(initial_->model());
    arrays_.baseline = has_init_score ? std::vector<double>(n_outputs_)
                                      : objective_->baseline({train_.y, train_.weights, options_.threads}, n_outputs_);
    arrays_.tree_offset = {0};
    arrays_.leaf_offset = {0};
    if (!arrays_.categorical_feature.empty()) arrays_.category_offset = {0};
}

void Trainer::continue_arrays(const Model& model) {
    check_argument(model.n_outputs() == n_outputs_, "init_model has {} outputs, but the loss needs {}",
                   model.n_outputs(), n_outputs_);
    check_argument(model.n_features() == n_features(), "X has {} features, but init_model expects {}", n_features(),
                   model.n_features());
    const ModelArrays& first = model.arrays();
    check_argument(
        first.categorical_feature == arrays_.categorical_feature && first.n_categories == arrays_.n_categories,
        "the categorical features of init_model and their categories must be those of X");
    arrays_ = first;
}

template <typename Table>
void Trainer::start_scores(const Table& X, MatrixView<const double> init_score, ScoredRows& rows) {
    const std::size_t n = rows.n_rows();
    rows.start(arrays_.baseline, init_score);
    const MatrixView<double> raw{rows.raw.data(), n, n_outputs_, 1, static_cast<std::ptrdiff_t>(n)};
    if (initial_) initial_->add_raw(X, {0, initial_->model().n_iterations()}, raw, options_.threads);
    if (init_score.data) bound_.include(rows.raw, options_.threads);
}

template <typename Float>
BinnedMatrix Trainer::bin_others(MatrixView<const Float> X) const {
    // What is exclusive in the training rows need not be so in others.
    return BinnedMatrix(X, table_.mapper, FeatureColumns(X.n_cols), options_.threads);
}

template <typename Float>
BinnedMatrix Trainer::bin_others(const SparseRows<Float>& X) const {
    const SparseColumns<Float> columns(X);
    return BinnedMatrix(columns, table_.mapper, FeatureColumns(table_.mapper, columns, true), options_.threads);
}

template <typename Table>
void Trainer::set_validation(const Table& X, VectorView<const double> y, VectorView<const double> weight,
                             MatrixView<const double> init_score) {
    check_argument(X.n_cols == n_features(), "X_val has {} features, but X has {}", X.n_cols, n_features());
    check_argument(n_iterations() == (initial_ ? initial_->model().n_iterations() : 0),
                   "validation rows must be given before the first iteration");
    ScoredRows rows = ScoredRows::read({X.n_rows, X.n_cols}, y, weight, init_score, *objective_, n_outputs_);
    start_scores(X, init_score, rows);
    validation_.emplace(Validation{bin_others(X), std::move(rows)});
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
    profile_.time(Stage::kGradients, [&] { learner_.compute_gradients(); });
    const RowSample* sample = draw_rows();
    for (std::size_t k = 0; k < n_outputs_; ++k) {
        const Tree tree = grow_tree(k, sample);
        if (validation_) profile_.time(Stage::kValidation, [&] { add_to_validation(tree, k); });
        arrays_.append(tree);
        bound_.add(arrays_, arrays_.tree_offset.size() - 2);
    }
    broken_ = false;
}

const RowSample* Trainer::draw_rows() {
    if (!sampler_) return nullptr;
    return profile_.time(Stage::kSample, [&] {
        const auto iteration = static_cast<std::uint32_t>(n_iterations());
        const RowSample& sample = sampler_->draw(iteration, learner_.all_gradients(), learner_.all_hessians());
        learner_.learn_from(sample);
        return &sample;
    });
}

Tree Trainer::grow_tree(std::size_t output, const RowSample* sample) {
    const TrueGradients exact = learner_.gradients(output);
    const std::uint64_t total_count = sample ? sample->total_count : train_.weights.total_count;
    const QuantisedGradients quantised =
        profile_.time(Stage::kQuantise, [&] { return quantiser_.quantise(exact.g, exact.h, total_count); });
    const std::size_t tree_index = arrays_.tree_offset.size() - 1;
    Tree tree = grower_.grow(quantised, static_cast<std::uint32_t>(tree_index), sample);
    const LeafPartition leaves = grower_.leaves();
    const std::vector<double> values = profile_.time(Stage::kLeaves, [&] {
        const MonotoneTree order(tree, options_.leaf.monotone);
        return learner_.leaf_values(output, quantised, leaves, order, std::vector<double>(leaves.n_leaves));
    });
    for (std::size_t leaf = 0; leaf < values.size(); ++leaf) tree.leaves[leaf].value = values[leaf];
    profile_.time(Stage::kScores, [&] { learner_.add(output, values, leaves); });
    if (sample) {
        const LeafPartition others =
            profile_.time(Stage::kPartition, [&] { return grower_.leaves_of_others(tree, *sample); });
        profile_.time(Stage::kScores, [&] { learner_.add(output, values, others); });
    }
    return tree;
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
    objective_->start_losses(rows.y, rows.raw);
    std::vector<double> losses(n);
    const auto limit = parallel::limit_for(options_.threads, n * n_outputs_ * kNanosecondsPerGradient);
    parallel::for_ranges(n, kChunkRows, limit, [&](std::size_t begin, std::size_t end) {
        objective_->losses({rows.y.data() + begin, rows.raw.data() + begin, n, end - begin, begin}, n_outputs_,
                           losses.data() + begin);
    });
    const double mean = weighted_mean(losses, rows.weights, options_.threads);
    check_argument(std::isfinite(mean), "the loss leaves the float64 range: y is too large to be scored");
    return mean;
}

template Trainer::Trainer(const MatrixView<const float>&, VectorView<const double>, VectorView<const double>,
                          MatrixView<const double>, std::unique_ptr<Objective>, const TrainOptions&,
                          std::shared_ptr<const Predictor>);
template Trainer::Trainer(const MatrixView<const double>&, VectorView<const double>, VectorView<const double>,
                          MatrixView<const double>, std::unique_ptr<Objective>, const TrainOptions&,
                          std::shared_ptr<const Predictor>);
template Trainer::Trainer(const SparseRows<float>&, VectorView<const double>, VectorView<const double>,
                          MatrixView<const double>, std::unique_ptr<Objective>, const TrainOptions&,
                          std::shared_ptr<const Predictor>);
template Trainer::Trainer(const SparseRows<double>&, VectorView<const double>, VectorView<const double>,
                          MatrixView<const double>, std::unique_ptr<Objective>, const TrainOptions&,
                          std::shared_ptr<const Predictor>);
template void Trainer::set_validation(const MatrixView<const float>&, VectorView<const double>,
                                      VectorView<const double>, MatrixView<const double>);
template void Trainer::set_validation(const MatrixView<const double>&, VectorView<const double>,
                                      VectorView<const double>, MatrixView<const double>);
template void Trainer::set_validation(const SparseRows<float>&, VectorView<const double>, VectorView<const double>,
                                      MatrixView<const double>);
template void Trainer::set_validation(const SparseRows<double>&, VectorView<const double>, VectorView<const double>,
                                      MatrixView<const double>);

}  // namespace hornbeam::boosting
