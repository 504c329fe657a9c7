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
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include "boosting/objective.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "fixtures.hpp"
#include "simd/cpu.hpp"

namespace hornbeam::stress {
namespace {

constexpr std::size_t kThreads = 4;

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
}  // namespace hornbeam::stress

int main() {
    // Engage the pool on any machine, and for tables of any size.
    hornbeam::parallel::set_core_cap(hornbeam::stress::kThreads);
    hornbeam::parallel::set_serial_cutoff(0);
    for (const hornbeam::stress::Check& check : hornbeam::stress::kChecks) {
        std::printf("%s\n", check.name);
        std::fflush(stdout);
        check.run();
    }
    std::printf("all checks passed\n");
}
