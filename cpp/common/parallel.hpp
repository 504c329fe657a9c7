// The thread pool: the only file of the project that knows threads.
//
// for_chunks(n, limit, body) runs body(chunk, worker) once for every chunk in 0..n-1 and returns when all
// are done. The geometry of the chunks belongs to the caller and must depend on the problem alone, never
// on the number of threads; the pool offers no reduction, so a result cannot depend on threads by accident
// (callers keep one accumulator per worker only where addition is associative: integers).
//
// * worker is in 0..n_workers(limit)-1; the calling thread is worker 0 and takes chunks like the others.
// * One region at a time: a nested call, or a call while another thread holds the pool, runs inline.
// * The first exception stops the handing out of chunks and is rethrown on the caller.
// * A chunk should take under 20 ms: between chunks the caller runs the interrupt hook, which throws
//   Interrupted when a signal is pending. A chunk that may take longer calls poll().
// * Threads start lazily, spin briefly, then park. If one cannot start, the region runs with fewer.
// * fork: a child-side handler forgets the pool (its threads are gone) and touches no old lock; the child's
//   first region starts a new one.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

namespace hornbeam::parallel {

// Non-owning reference to a callable (std::function would allocate once per region).
class ChunkBody {
  public:
    template <typename F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, ChunkBody>)
    ChunkBody(F&& body)  // NOLINT(google-explicit-constructor): a lambda is the argument
        : object_(const_cast<void*>(static_cast<const void*>(std::addressof(body)))),
          call_([](void* object, std::size_t chunk, std::size_t worker) {
              (*static_cast<std::remove_reference_t<F>*>(object))(chunk, worker);
          }) {}

    void operator()(std::size_t chunk, std::size_t worker) const { call_(object_, chunk, worker); }

  private:
    void* object_;
    void (*call_)(void*, std::size_t, std::size_t);
};

// 0 = no limit of the caller's own.
struct ThreadLimit {
    std::size_t n_threads = 0;
};

// Workers a region under this limit may use: min(limit, set_num_threads, environment, affinity, cgroup), at least 1. Another
// thread may change it at any time: whoever holds something per worker passes the number it counted as the limit.
[[nodiscard]] std::size_t n_workers(ThreadLimit limit);

void for_chunks(std::size_t n_chunks, ThreadLimit limit, ChunkBody body);

// Chunks of at most `grain` items; at least one.
[[nodiscard]] constexpr std::size_t n_chunks_for(std::size_t size, std::size_t grain) {
    return size == 0 ? 1 : (size + grain - 1) / grain;
}

// `limit`, or one thread where the whole region is estimated to take too little time to be worth waking others for.
[[nodiscard]] ThreadLimit limit_for(ThreadLimit limit, std::size_t nanoseconds);

// To be called now and then by whatever runs longer than a chunk should. On the thread that called for_chunks, or outside
// any region, runs the interrupt hook (at most every 30 ms); on a worker, throws Interrupted once the region has failed.
void poll();

// body(begin, end) over [0, n) in ranges of `grain` items: a chunk each.
template <typename F>
void for_ranges(std::size_t n, std::size_t grain, ThreadLimit limit, F&& body) {
    for_chunks(n_chunks_for(n, grain), limit, [&](std::size_t chunk, std::size_t) {
        const std::size_t begin = chunk * grain;
        if (begin < n) body(begin, n - begin < grain ? n : begin + grain);
    });
}

// body(chunk, scratch) for every chunk, with a Scratch that a worker takes along from chunk to chunk.
template <typename Scratch, typename F>
void for_chunks_with(std::size_t n_chunks, ThreadLimit limit, F&& body) {
    std::vector<Scratch> scratch(n_workers(limit));
    for_chunks(n_chunks, {scratch.size()},
               [&](std::size_t chunk, std::size_t worker) { body(chunk, scratch[worker]); });
}

// A serial loop over [0, n) in strips f(begin, end), polling between them.
template <typename F>
void for_strips(std::size_t n, F&& f) {
    constexpr std::size_t kStrip = std::size_t{1} << 18;
    for (std::size_t begin = 0; begin < n; begin += kStrip) {
        poll();
        f(begin, n - begin < kStrip ? n : begin + kStrip);
    }
}

// The hook throws to stop the work. Set once, by the bindings.
using InterruptHook = void (*)();
void set_interrupt_hook(InterruptHook hook);

void set_num_threads(std::size_t n_threads);  // 0 restores the default
[[nodiscard]] std::size_t get_num_threads();  // the effective limit without one of the caller's own

// For tests: n_cores in place of what environment, affinity and cgroup allow (0 = these again), and how many workers
// the last region was given.
void set_core_cap(std::size_t n_cores);
[[nodiscard]] std::size_t last_region_workers();

// For tests: the cut-off of limit_for, in nanoseconds of estimated work.
inline constexpr std::size_t kDefaultSerialCutoff = 20000;
void set_serial_cutoff(std::size_t nanoseconds);

}  // namespace hornbeam::parallel
