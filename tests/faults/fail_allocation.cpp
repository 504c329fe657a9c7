// LD_PRELOAD: lets the n-th allocation of one shared object fail, in the build that users get.
//
// Every operator new of the process comes here. Those that the watched object asks for are counted, on all its threads:
// the caller's address lies in it, or lies in libstdc++ and the first frame outside of that lies in it (strings and
// streams are instantiated there). Python, NumPy and other extensions are left alone.
#include <dlfcn.h>
#include <link.h>
#include <unwind.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <new>

namespace {

// Where a shared object is mapped.
struct Mapping {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;

    [[nodiscard]] bool contains(std::uintptr_t address) const { return begin <= address && address < end; }
};

// The object that this address belongs to.
Mapping mapping_of(const void* address) {
    struct Search {
        std::uintptr_t address;
        Mapping found;
    } search{reinterpret_cast<std::uintptr_t>(address), {}};
    dl_iterate_phdr(
        [](dl_phdr_info* object, std::size_t, void* data) {
            auto& wanted = *static_cast<Search*>(data);
            Mapping mapping{UINTPTR_MAX, 0};
            for (int i = 0; i < object->dlpi_phnum; ++i) {
                const ElfW(Phdr) & segment = object->dlpi_phdr[i];
                if (segment.p_type != PT_LOAD) continue;
                const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
                if (begin < mapping.begin) mapping.begin = begin;
                if (begin + segment.p_memsz > mapping.end) mapping.end = begin + segment.p_memsz;
            }
            if (!mapping.contains(wanted.address)) return 0;
            wanted.found = mapping;
            return 1;
        },
        &search);
    return search.found;
}

Mapping g_watched;
Mapping g_own;
Mapping g_libstdcxx;
std::atomic<bool> g_counting{false};
std::atomic<std::uint64_t> g_count{0};
std::atomic<std::uint64_t> g_first_failing{0};  // 0: none
std::atomic<std::uint64_t> g_last_failing{0};
std::atomic<std::int64_t> g_live{0};

_Unwind_Reason_Code leave_libstdcxx(_Unwind_Context* context, void* caller) {
    const std::uintptr_t address = _Unwind_GetIP(context);
    if (g_own.contains(address) || g_libstdcxx.contains(address)) return _URC_NO_REASON;
    *static_cast<std::uintptr_t*>(caller) = address;
    return _URC_END_OF_STACK;
}

bool is_watched(std::uintptr_t caller) {
    if (g_libstdcxx.contains(caller)) _Unwind_Backtrace(leave_libstdcxx, &caller);
    return g_watched.contains(caller);
}

bool fails(const void* caller) {
    if (!g_counting.load() || !is_watched(reinterpret_cast<std::uintptr_t>(caller))) return false;
    const std::uint64_t index = ++g_count;
    return g_first_failing.load() <= index && index <= g_last_failing.load();
}

void* allocate(std::size_t size, std::size_t alignment, const void* caller) {
    if (fails(caller)) return nullptr;
    void* memory = nullptr;
    if (posix_memalign(&memory, alignment, size) != 0) return nullptr;
    ++g_live;
    return memory;
}

void* allocate_or_throw(std::size_t size, std::size_t alignment, const void* caller) {
    if (void* memory = allocate(size, alignment, caller)) return memory;
    throw std::bad_alloc();
}

void release(void* memory) {
    if (memory != nullptr) --g_live;
    std::free(memory);
}

constexpr std::size_t kDefault = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
constexpr std::size_t value_of(std::align_val_t alignment) { return static_cast<std::size_t>(alignment); }

}  // namespace

// Count the allocations of the object that holds this address, and let those numbered first..last fail.
extern "C" void fault_arm(const void* address, std::uint64_t first, std::uint64_t last) {
    g_watched = mapping_of(address);
    g_own = mapping_of(reinterpret_cast<const void*>(&fault_arm));
    g_libstdcxx = mapping_of(reinterpret_cast<const void*>(&std::set_terminate));
    g_count = 0;
    g_first_failing = first;
    g_last_failing = last;
    g_counting = true;
}

// The number of allocations since fault_arm().
extern "C" std::uint64_t fault_disarm() {
    g_counting = false;
    return g_count;
}

// Allocations of the whole process that were not freed.
extern "C" std::int64_t fault_live() { return g_live; }

#define CALLER __builtin_return_address(0)

void* operator new(std::size_t n) { return allocate_or_throw(n, kDefault, CALLER); }
void* operator new[](std::size_t n) { return allocate_or_throw(n, kDefault, CALLER); }
void* operator new(std::size_t n, std::align_val_t a) { return allocate_or_throw(n, value_of(a), CALLER); }
void* operator new[](std::size_t n, std::align_val_t a) { return allocate_or_throw(n, value_of(a), CALLER); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return allocate(n, kDefault, CALLER); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return allocate(n, kDefault, CALLER); }
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
    return allocate(n, value_of(a), CALLER);
}
void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
    return allocate(n, value_of(a), CALLER);
}

void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { release(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { release(p); }
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept { release(p); }
void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept { release(p); }
