// A region lives on its caller's stack and is announced by a ticket. Joining and leaving take no lock:
//
//   caller   ticket = n ......... takes chunks ......... ticket = 0, waits for active == 0
//   worker   sees ticket n: ++active, looks at the ticket again, takes chunks, --active
//
// All these are sequentially consistent, so either the worker sees the closed ticket and leaves the region alone, or
// the caller sees the worker and waits. The mutex only guards parking. A worker that wakes up late joins nothing, and
// nobody waits for it.
#include "common/parallel.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "common/error.hpp"
#include "common/float_environment.hpp"
#include "common/signals_blocked.hpp"
#include "common/thread_limits.hpp"

namespace hornbeam::parallel {
namespace {

using Clock = std::chrono::steady_clock;

// Regions of one tree follow each other within microseconds; waking a parked thread takes longer than that.
constexpr auto kSpinTime = std::chrono::microseconds(30);
// With a chunk of 20 ms this still answers within 0.1 s; the hook may wait 5 ms for the GIL.
constexpr auto kPollInterval = std::chrono::milliseconds(30);

enum class Role { kOutside, kCaller, kWorker };
thread_local Role t_role = Role::kOutside;
// On a worker: whether its region has failed, so that a long chunk can give up.
thread_local const std::atomic<bool>* t_region_failed = nullptr;

// The calling thread is inside a region for as long as this lives.
class CallerScope {
  public:
    CallerScope() { t_role = Role::kCaller; }
    ~CallerScope() { t_role = Role::kOutside; }
    CallerScope(const CallerScope&) = delete;
    CallerScope& operator=(const CallerScope&) = delete;
};

std::atomic<InterruptHook> g_interrupt_hook{nullptr};
std::atomic<std::size_t> g_num_threads{kUnlimited};
std::atomic<std::size_t> g_last_region_workers{1};
std::atomic<std::size_t> g_serial_cutoff{kDefaultSerialCutoff};

void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

template <typename Condition>
bool spin_until(Condition condition) {
    const Clock::time_point deadline = Clock::now() + kSpinTime;
    do {
        if (condition()) return true;
        relax();
    } while (Clock::now() < deadline);
    return false;
}

struct Region {
    ChunkBody body;
    std::size_t n_chunks;
    std::size_t n_workers;
    std::atomic<std::size_t> next_worker{1};
    std::atomic<bool> failed{false};
    std::exception_ptr error{};  // written by whoever sets failed, read once all have left
    alignas(64) std::atomic<std::size_t> next_chunk{0};

    void run(std::size_t worker) noexcept {
        attempt([&] {
            for (;;) {
                poll();
                const std::size_t chunk = next_chunk.fetch_add(1, std::memory_order_relaxed);
                if (chunk >= n_chunks) return;
                body(chunk, worker);
            }
        });
    }

    // The first exception is kept, and no more chunks are handed out.
    template <typename F>
    void attempt(F&& f) noexcept {
        try {
            f();
        } catch (...) {
            if (!failed.exchange(true)) error = std::current_exception();
            next_chunk.store(n_chunks, std::memory_order_relaxed);
        }
    }
};

class Pool {
  public:
    // Held by the caller for as long as its region runs. All but try_own() need it.
    [[nodiscard]] std::unique_lock<std::mutex> try_own() { return {owner_, std::try_to_lock}; }

    // Starts threads until there are `wanted`, and says how many there are for the caller.
    [[nodiscard]] std::size_t reserve(std::size_t wanted) {
        if (n_threads_ < wanted) start_threads(wanted);
        return std::min(n_threads_, wanted);
    }

    void run(Region& region);

  private:
    void start_threads(std::size_t wanted) {
        const SignalsBlocked blocked;
        try {
            for (; n_threads_ < wanted; ++n_threads_) std::thread([this] { work(); }).detach();
        } catch (const std::exception&) {
            return;  // no thread or no memory for one: carry on with those there are
        }
    }

    void check_not_forked() const;

    void open(Region& region) {
        region_ = &region;
        std::size_t n_wake = 0;
        {
            const std::lock_guard lock(mutex_);
            ticket_.store(++n_regions_);
            n_wake = std::min(region.n_workers - 1, n_parked_);
        }
        for (; n_wake > 0; --n_wake) wake_.notify_one();
    }

    void close(Region& region) {
        ticket_.store(0);
        const auto all_left = [this] { return active_.load() == 0; };
        if (spin_until(all_left)) return;
        std::unique_lock lock(mutex_);
        while (!left_.wait_for(lock, kPollInterval, all_left)) {
            lock.unlock();
            region.attempt(poll);
            check_not_forked();
            lock.lock();
        }
    }

    void work() {
        t_role = Role::kWorker;
        const DefaultFloatEnvironment environment;  // not the rounding mode of whoever started the pool
        std::uint64_t seen = 0;
        const auto has_work = [this, &seen] {
            const std::uint64_t ticket = ticket_.load();
            return ticket != 0 && ticket != seen;
        };
        for (;;) {
            if (!spin_until(has_work)) park(has_work);
            active_.fetch_add(1);
            const std::uint64_t ticket = ticket_.load();
            if (ticket != 0 && ticket != seen) {
                seen = ticket;
                const std::size_t worker = region_->next_worker.fetch_add(1, std::memory_order_relaxed);
                if (worker < region_->n_workers) {
                    t_region_failed = &region_->failed;
                    region_->run(worker);
                    t_region_failed = nullptr;
                }
            }
            if (active_.fetch_sub(1) == 1 && ticket_.load() == 0) {
                const std::lock_guard lock(mutex_);
                left_.notify_one();
            }
        }
    }

    template <typename Condition>
    void park(Condition condition) {
        std::unique_lock lock(mutex_);
        ++n_parked_;
        wake_.wait(lock, condition);
        --n_parked_;
    }

    std::mutex owner_;
    std::size_t n_threads_ = 0;    // of the owner
    std::uint64_t n_regions_ = 0;  // of the owner
    Region* region_ = nullptr;     // valid while the ticket is not 0 or a worker is active
    std::mutex mutex_;
    std::condition_variable wake_;  // waited for by workers
    std::condition_variable left_;  // waited for by the owner
    std::size_t n_parked_ = 0;      // guarded by mutex_
    alignas(64) std::atomic<std::uint64_t> ticket_{0};
    alignas(64) std::atomic<std::size_t> active_{0};
};

// Never destroyed: its threads are detached and may still be parked in it while the process exits.
std::atomic<Pool*> g_pool{nullptr};

// No function-local static here or below: a fork while another thread initialises one would leave it locked.
Pool& pool() {
    Pool* current = g_pool.load();
    if (current == nullptr) {
        auto fresh = std::make_unique<Pool>();
        if (g_pool.compare_exchange_strong(current, fresh.get())) current = fresh.release();
    }
    return *current;
}

void start_afresh_in_child() {
    g_pool.store(nullptr);
    forget_surroundings();  // a child is often given other cores
    t_role = Role::kOutside;
}

// A signal handler that forks does so inside the interrupt hook. Chunks the parent's workers held are lost here.
void Pool::check_not_forked() const {
    if (g_pool.load() != this) throw std::runtime_error("the process forked inside a parallel region");
}

void Pool::run(Region& region) {
    open(region);
    region.run(0);
    check_not_forked();
    close(region);
}

[[maybe_unused]] const int kForkHandler = pthread_atfork(nullptr, nullptr, start_afresh_in_child);

void run_inline(std::size_t n_chunks, ChunkBody body) {
    for (std::size_t chunk = 0; chunk < n_chunks; ++chunk) {
        poll();
        body(chunk, 0);
    }
}

}  // namespace

std::size_t n_workers(ThreadLimit limit) {
    return std::min({unlimited_if_zero(limit.n_threads), g_num_threads.load(), surrounding_limit()});
}

void for_chunks(std::size_t n_chunks, ThreadLimit limit, ChunkBody body) {
    if (t_role != Role::kOutside) return run_inline(n_chunks, body);
    const CallerScope scope;
    g_last_region_workers.store(1, std::memory_order_relaxed);
    const std::size_t wanted = n_chunks < 2 ? 1 : std::min(n_chunks, n_workers(limit));
    if (wanted == 1) return run_inline(n_chunks, body);

    Pool& threads = pool();
    const std::unique_lock owned = threads.try_own();
    if (!owned) return run_inline(n_chunks, body);
    Region region{.body = body, .n_chunks = n_chunks, .n_workers = 1 + threads.reserve(wanted - 1)};
    g_last_region_workers.store(region.n_workers, std::memory_order_relaxed);
    threads.run(region);
    if (region.error) std::rethrow_exception(region.error);
}

void poll() {
    if (t_role == Role::kWorker) {
        if (t_region_failed != nullptr && t_region_failed->load(std::memory_order_relaxed)) throw Interrupted();
        return;
    }
    const InterruptHook hook = g_interrupt_hook.load(std::memory_order_relaxed);
    if (hook == nullptr) return;
    thread_local Clock::time_point next{};
    if (Clock::now() < next) return;
    hook();
    next = Clock::now() + kPollInterval;
}

void set_interrupt_hook(InterruptHook hook) { g_interrupt_hook.store(hook); }

void set_num_threads(std::size_t n_threads) { g_num_threads.store(unlimited_if_zero(n_threads)); }

std::size_t get_num_threads() { return n_workers({}); }

std::size_t last_region_workers() { return g_last_region_workers.load(); }

ThreadLimit limit_for(ThreadLimit limit, std::size_t nanoseconds) {
    return nanoseconds < g_serial_cutoff.load(std::memory_order_relaxed) ? ThreadLimit{1} : limit;
}

void set_serial_cutoff(std::size_t nanoseconds) { g_serial_cutoff.store(nanoseconds, std::memory_order_relaxed); }

}  // namespace hornbeam::parallel
