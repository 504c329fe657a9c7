// Errors of the public C++ boundary. Messages name the Python parameter, its value and what is allowed.
//
// check_argument(k > 0, "k must be positive, got {}", k) throws std::invalid_argument (ValueError in Python).
// g++ 12 has no <format>, hence the small "{}" formatter.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hornbeam {

// A saved model whose bytes do not describe a valid model.
class ModelFormatError : public std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

// Thrown on the calling thread when the interrupt hook of common/parallel reports a pending signal.
class Interrupted : public std::exception {
  public:
    [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

namespace detail {

inline void format_into(std::ostringstream& out, std::string_view text) { out << text; }

template <typename First, typename... Rest>
void format_into(std::ostringstream& out, std::string_view text, const First& first, const Rest&... rest) {
    const std::size_t at = text.find("{}");
    if (at == std::string_view::npos) {
        out << text;
        return;
    }
    out << text.substr(0, at) << first;
    format_into(out, text.substr(at + 2), rest...);
}

}  // namespace detail

template <typename... Args>
[[nodiscard]] std::string format(std::string_view text, const Args&... args) {
    std::ostringstream out;
    out.exceptions(std::ios_base::badbit);  // else it would swallow std::bad_alloc and the text end there
    out.imbue(std::locale::classic());
    detail::format_into(out, text, args...);
    return out.str();
}

template <typename Error = std::invalid_argument, typename... Args>
void check(bool holds, std::string_view text, const Args&... args) {
    if (!holds) [[unlikely]]
        throw Error(format(text, args...));
}

template <typename... Args>
void check_argument(bool holds, std::string_view text, const Args&... args) {
    check<std::invalid_argument>(holds, text, args...);
}

}  // namespace hornbeam
