// The core without Python, for the sanitizers: `cmake --workflow --preset asan` and `tsan`.
//
// Threads fit and predict at once while others change limits; regions nest, throw and are interrupted. Every answer is
// compared with that of one quiet thread, bit for bit. Prints one line per check; exits with 1 at the first that fails.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
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
        for (int i = 0; i < 200; ++i)
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
