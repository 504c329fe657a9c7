// LD_PRELOAD: lets the n-th open, read, write, fsync, rename, unlink or close of a file below one folder go wrong.
//
// These are the calls that CPython makes. All others, and files elsewhere, are left alone.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <string_view>

namespace {

// What happens instead; a positive value is the errno of a failure. file_calls.py knows these numbers.
enum Effect : int {
    kNothing = 0,
    kShort = -1,   // half of the bytes are read or written
    kShrink = -2,  // somebody cuts the file in half before the call
    kGrow = -3,    // somebody appends to the file before the call
};

std::string g_folder;
std::string g_call;  // empty: not armed
long g_first = 0;
long g_last = 0;
long g_count = 0;
int g_effect = kNothing;

template <typename Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

std::string path_of(int descriptor) {
    char path[PATH_MAX];
    const ssize_t length = readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), path, sizeof path);
    return {path, length < 0 ? 0 : static_cast<std::size_t>(length)};
}

// Counts the call and says what is to happen to it. A failure has set errno.
int effect_on(std::string_view call, const std::string& path) {
    if (call != g_call || !path.starts_with(g_folder)) return kNothing;
    ++g_count;
    if (g_count < g_first || g_count > g_last) return kNothing;
    if (g_effect > 0) errno = g_effect;
    return g_effect;
}

int effect_on(std::string_view call, int descriptor) {
    return g_call == call ? effect_on(call, path_of(descriptor)) : kNothing;
}

std::size_t half(std::size_t size) { return size > 1 ? size / 2 : size; }

void shrink(const std::string& path) {
    struct stat status{};
    if (stat(path.c_str(), &status) == 0 && truncate(path.c_str(), status.st_size / 2) != 0) std::perror("truncate");
}

void grow(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "ab");
    if (file == nullptr || std::fputs("more", file) < 0 || std::fclose(file) != 0) std::perror("append");
}

}  // namespace

extern "C" {

// From now on the effect befalls the calls numbered first..last of this kind.
void fault_arm(const char* folder, const char* call, long first, long last, int effect) {
    g_folder = folder;
    g_call = call;
    g_first = first;
    g_last = last;
    g_effect = effect;
    g_count = 0;
}

// The number of such calls since fault_arm().
long fault_disarm() {
    g_call.clear();
    return g_count;
}

#define HORNBEAM_OPEN(name)                                                                                   \
    int name(const char* path, int flags, ...) {                                                              \
        std::va_list arguments;                                                                               \
        va_start(arguments, flags);                                                                           \
        const mode_t mode = va_arg(arguments, mode_t);                                                        \
        va_end(arguments);                                                                                    \
        return effect_on("open", path) > 0 ? -1 : real<int(const char*, int, ...)>(#name)(path, flags, mode); \
    }
HORNBEAM_OPEN(open)
HORNBEAM_OPEN(open64)

ssize_t read(int descriptor, void* data, std::size_t size) {
    const int effect = effect_on("read", descriptor);
    if (effect > 0) return -1;
    if (effect == kShrink) shrink(path_of(descriptor));
    if (effect == kGrow) grow(path_of(descriptor));
    return real<decltype(read)>("read")(descriptor, data, effect == kShort ? half(size) : size);
}

ssize_t write(int descriptor, const void* data, std::size_t size) {
    const int effect = effect_on("write", descriptor);
    if (effect > 0) return -1;
    return real<decltype(write)>("write")(descriptor, data, effect == kShort ? half(size) : size);
}

int fsync(int descriptor) {
    return effect_on("fsync", descriptor) > 0 ? -1 : real<decltype(fsync)>("fsync")(descriptor);
}

int rename(const char* from, const char* to) noexcept {
    return effect_on("rename", from) > 0 ? -1 : real<int(const char*, const char*)>("rename")(from, to);
}

int unlink(const char* path) noexcept {
    return effect_on("unlink", path) > 0 ? -1 : real<int(const char*)>("unlink")(path);
}

// A failing close closes all the same, as on Linux.
int close(int descriptor) {
    const int effect = effect_on("close", descriptor);
    const int result = real<decltype(close)>("close")(descriptor);
    if (effect <= 0) return result;
    errno = effect;
    return -1;
}

}  // extern "C"
