// The core without Python, for the sanitizers: `cmake --workflow --preset asan` and `tsan`.
//
// Threads fit and predict at once while others change limits; regions nest, throw and are interrupted; models are read
// from damaged arrays. Every answer is compared with that of one quiet thread, bit for bit. Prints one line per check;
// exits with 1 at the first that fails.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <random>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include "boosting/model.hpp"
#include "boosting/objective.hpp"
#include "boosting/predictor.hpp"
#include "boosting/trainer.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "simd/cpu.hpp"

namespace hornbeam {
namespace {

using boosting::Model;
using boosting::ModelArrays;

constexpr std::size_t kThreads = 4;
constexpr std::size_t kFeatures = 7;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void require(bool holds, std::string_view what) {
    if (holds) return;
    std::fprintf(stderr, "FAILED: %.*s\n", static_cast<int>(what.size()), what.data());
    std::exit(1);
}

void run_at_once(std::size_t n_threads, const std::function<void(std::size_t)>& body) {
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < n_threads; ++t) threads.emplace_back(body, t);
    for (std::thread& thread : threads) thread.join();
}

// Data and models ------------------------------------------------------------------------------------------------------

struct Data {
    std::vector<double> X;
    std::vector<double> y;  // classes 0..n_classes-1, which serve as real targets as well
    std::vector<double> weight;

    [[nodiscard]] std::size_t n_rows() const { return y.size(); }
    [[nodiscard]] MatrixView<const double> matrix() const {
        return {X.data(), n_rows(), kFeatures, static_cast<std::ptrdiff_t>(kFeatures), 1};
    }
};

Data make_data(std::size_t n_rows, std::size_t n_classes, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    Data data;
    for (std::size_t i = 0; i < n_rows; ++i) {
        double sum = 0.0;
        for (std::size_t j = 0; j < kFeatures; ++j) {
            const double x = normal(random);
            sum += j < 3 ? x : 0.0;
            data.X.push_back(random() % 17 == 0 ? kNaN : x);
        }
        const double top = static_cast<double>(n_classes - 1);
        const double target = sum + 0.5 * top;
        data.y.push_back(target < 0.5 ? 0.0 : target > top ? top : static_cast<double>(static_cast<int>(target)));
        data.weight.push_back(0.5 + static_cast<double>(random() % 5));
    }
    return data;
}

boosting::TrainOptions options_for(std::string_view objective, std::size_t n_threads) {
    boosting::TrainOptions options;
    options.objective = objective;
    options.n_classes = objective == "multiclass_log_loss" ? 3 : 1;
    options.grow.max_features = 0.8;
    options.grow.split.min_samples_leaf = 5;
    options.threads = {n_threads};
    return options;
}

std::size_t n_labels(std::string_view objective) { return objective == "multiclass_log_loss" ? 3 : 2; }

std::shared_ptr<const Model> fit(const Data& data, std::string_view objective, std::size_t n_threads, bool weighted) {
    const VectorView<const double> y{data.y.data(), data.n_rows(), 1};
    const VectorView<const double> weight{weighted ? data.weight.data() : nullptr, weighted ? data.n_rows() : 0, 1};
    boosting::Trainer trainer(data.matrix(), y, weight, options_for(objective, n_threads), nullptr);
    trainer.set_validation(data.matrix(), y, weight);
    for (int i = 0; i < 4; ++i) trainer.boost();
    return trainer.model();
}

std::vector<double> predict(const boosting::Predictor& predictor, const Data& data, std::size_t n_threads) {
    const std::size_t n_outputs = predictor.model().n_outputs();
    std::vector<double> out(data.n_rows() * n_outputs, 0.0);
    const MatrixView<double> view{out.data(), data.n_rows(), n_outputs, static_cast<std::ptrdiff_t>(n_outputs), 1};
    predictor.add_raw(data.matrix(), {0, predictor.model().n_iterations()}, view, {n_threads});
    return out;
}

bool same_trees(const ModelArrays& a, const ModelArrays& b) {
    return a.baseline == b.baseline && a.tree_offset == b.tree_offset && a.feature == b.feature &&
           a.threshold == b.threshold && a.missing_left == b.missing_left && a.left == b.left && a.right == b.right &&
           a.gain == b.gain && a.node_count == b.node_count && a.leaf_value == b.leaf_value &&
           a.leaf_count == b.leaf_count;
}

// Checks -----------------------------------------------------------------------------------------------------------------

void fits_at_once_equal_one_alone() {
    for (const std::string& objective : boosting::ObjectiveRegistry::names()) {
        const Data data = make_data(4000, n_labels(objective), 1);
        for (const bool weighted : {false, true}) {
            const auto alone = fit(data, objective, 1, weighted);
            const std::vector<double> expected = predict(boosting::Predictor(alone), data, 1);
            run_at_once(kThreads, [&](std::size_t thread) {
                const auto model = fit(data, objective, thread + 1, weighted);
                require(same_trees(model->arrays(), alone->arrays()), "fits at once differ from one alone");
                require(predict(boosting::Predictor(model), data, thread + 1) == expected, "predictions differ");
            });
        }
    }
}

void one_model_serves_all_threads_while_limits_change() {
    const Data data = make_data(6000, 2, 2);
    const boosting::Predictor predictor(fit(data, "squared_error", kThreads, false));
    const std::vector<double> expected = predict(predictor, data, 1);
    std::atomic<bool> done = false;
    std::thread limits([&] {
        for (std::size_t n = 0; !done; ++n) {
            parallel::set_num_threads(n % (kThreads + 1));
            std::this_thread::yield();
        }
        parallel::set_num_threads(0);
    });
    run_at_once(kThreads, [&](std::size_t thread) {
        for (int i = 0; i < 10; ++i)
            require(predict(predictor, data, thread) == expected, "a shared model gave different predictions");
    });
    done = true;
    limits.join();
}

void simd_levels_give_the_same_bits() {
    const Data data = make_data(5000, 3, 3);
    const auto levels = simd::runnable_levels();
    simd::set_level(levels.front());
    const auto base = fit(data, "multiclass_log_loss", kThreads, true);
    const std::vector<double> expected = predict(boosting::Predictor(base), data, kThreads);
    for (const std::string& level : levels) {
        simd::set_level(level);
        const auto model = fit(data, "multiclass_log_loss", kThreads, true);
        require(same_trees(model->arrays(), base->arrays()), "SIMD levels grow different trees");
        require(predict(boosting::Predictor(model), data, kThreads) == expected, "SIMD levels predict differently");
    }
}

void every_chunk_runs_once_under_nesting() {
    run_at_once(kThreads, [](std::size_t) {
        std::atomic<std::size_t> n_runs = 0;
        parallel::for_chunks(50, {kThreads}, [&](std::size_t, std::size_t) {
            parallel::for_chunks(20, {kThreads}, [&](std::size_t, std::size_t) { ++n_runs; });
        });
        require(n_runs == 1000, "a nested region lost or repeated a chunk");
    });
}

void exceptions_come_back_and_leave_the_pool_usable() {
    run_at_once(kThreads, [](std::size_t thread) {
        for (std::size_t i = 0; i < 200; ++i) {
            bool caught = false;
            try {
                parallel::for_chunks(64, {kThreads}, [&](std::size_t chunk, std::size_t) {
                    if (chunk == (i + thread) % 64) throw std::runtime_error("chunk");
                });
            } catch (const std::runtime_error&) {
                caught = true;
            }
            require(caught, "an exception of a worker was lost");
        }
    });
    std::atomic<std::size_t> n_runs = 0;
    parallel::for_chunks(100, {kThreads}, [&](std::size_t, std::size_t) { ++n_runs; });
    require(n_runs == 100, "the pool did not survive exceptions");
    require(parallel::last_region_workers() == kThreads, "the pool was not engaged");
}

std::atomic<bool> interrupt_pending = false;

void interrupted_fits_throw_and_the_next_one_works() {
    const Data data = make_data(20000, 2, 4);
    const auto expected = fit(data, "binary_log_loss", kThreads, false);
    parallel::set_interrupt_hook([] {
        if (interrupt_pending) throw Interrupted();
    });
    interrupt_pending = true;
    bool interrupted = false;
    // The hook is asked now and then only, so one fit may slip through.
    for (int i = 0; i < 200 && !interrupted; ++i) {
        try {
            static_cast<void>(fit(data, "binary_log_loss", kThreads, false));
        } catch (const Interrupted&) {
            interrupted = true;
        }
    }
    interrupt_pending = false;
    require(interrupted, "a pending interrupt was never raised");
    require(same_trees(fit(data, "binary_log_loss", kThreads, false)->arrays(), expected->arrays()),
            "a fit after an interrupted one differs");
    parallel::set_interrupt_hook(nullptr);
}

// Damaged models ---------------------------------------------------------------------------------------------------------

// Either the arrays are refused, or predicting with them stays in bounds (the sanitizer watches).
struct DamageCount {
    std::size_t n_refused = 0;
    std::size_t n_accepted = 0;
};

void try_model(const ModelArrays& arrays, const Data& data, DamageCount& count) {
    try {
        const auto model = std::make_shared<const Model>(arrays);
        if (model->n_features() == kFeatures) static_cast<void>(predict(boosting::Predictor(model), data, 1));
        ++count.n_accepted;
    } catch (const ModelFormatError&) {
        ++count.n_refused;
    }
}

template <typename T>
std::vector<T> nasty_values(std::size_t size) {
    using Limits = std::numeric_limits<T>;
    if constexpr (Limits::is_integer) {
        const auto n = static_cast<T>(size);
        return {T{0},          T{1},         static_cast<T>(-1), n, static_cast<T>(n + 1), static_cast<T>(~n),
                Limits::min(), Limits::max()};
    } else {
        return {T{0},          Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(),
                Limits::max(), Limits::denorm_min()};
    }
}

template <typename T>
void damage_array(const ModelArrays& good, std::vector<T> ModelArrays::* array, const Data& data, DamageCount& count) {
    const std::size_t size = (good.*array).size();
    for (std::size_t i = 0; i < size; i += 1 + size / 40)
        for (const T value : nasty_values<T>(size)) {
            ModelArrays bad = good;
            (bad.*array)[i] = value;
            try_model(bad, data, count);
        }
    for (const std::size_t new_size : {std::size_t{0}, size / 2, size - 1, size + 1}) {
        ModelArrays bad = good;
        (bad.*array).resize(new_size);
        try_model(bad, data, count);
    }
}

template <typename... Arrays>
DamageCount damage_all(const ModelArrays& good, const Data& data, Arrays... arrays) {
    DamageCount count;
    (damage_array(good, arrays, data, count), ...);
    return count;
}

void damaged_models_are_refused_or_harmless() {
    const Data train = make_data(1000, 3, 5);
    const Data probe = make_data(70, 3, 6);
    const ModelArrays good = fit(train, "multiclass_log_loss", 1, false)->arrays();
    const DamageCount count = damage_all(
        good, probe, &ModelArrays::baseline, &ModelArrays::tree_offset, &ModelArrays::feature, &ModelArrays::threshold,
        &ModelArrays::missing_left, &ModelArrays::left, &ModelArrays::right, &ModelArrays::gain,
        &ModelArrays::node_count, &ModelArrays::leaf_offset, &ModelArrays::leaf_value, &ModelArrays::leaf_count);
    require(count.n_refused > 0 && count.n_accepted > 0, "damage must be of both kinds to show anything");
    std::printf("  %zu refused, %zu harmless\n", count.n_refused, count.n_accepted);
}

struct Check {
    const char* name;
    void (*run)();
};

constexpr Check kChecks[] = {
    {"fits at once equal one alone", fits_at_once_equal_one_alone},
    {"one model serves all threads while limits change", one_model_serves_all_threads_while_limits_change},
    {"SIMD levels give the same bits", simd_levels_give_the_same_bits},
    {"every chunk runs once under nesting", every_chunk_runs_once_under_nesting},
    {"exceptions come back and leave the pool usable", exceptions_come_back_and_leave_the_pool_usable},
    {"interrupted fits throw and the next one works", interrupted_fits_throw_and_the_next_one_works},
    {"damaged models are refused or harmless", damaged_models_are_refused_or_harmless},
};

}  // namespace
}  // namespace hornbeam

int main() {
    // Engage the pool on any machine, and for tables of any size.
    hornbeam::parallel::set_core_cap(hornbeam::kThreads);
    hornbeam::parallel::set_serial_cutoff(0);
    for (const hornbeam::Check& check : hornbeam::kChecks) {
        std::printf("%s\n", check.name);
        std::fflush(stdout);
        check.run();
    }
    std::printf("all checks passed\n");
}
