// Name -> factory, filled by the implementing files themselves: adding one implementation adds one file.
//
//   struct Objective { static constexpr std::string_view kKind = "objective"; virtual ~Objective() = default; ... };
//   using ObjectiveRegistry = Registry<Objective, std::size_t>;            // arguments of every constructor
//   const ObjectiveRegistry::Add<Poisson> kPoisson{"poisson"};             // in poisson.cpp
//   auto objective = ObjectiveRegistry::create(name, n_classes);
//
// Registering files must be linked as objects: a static archive would drop them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace hornbeam {

template <typename Interface, typename... Args>
class Registry {
  public:
    using Factory = std::unique_ptr<Interface> (*)(Args...);

    template <typename Implementation>
    struct Add {
        // Runs before main: a failure here has nobody to go to. NOLINTNEXTLINE(bugprone-exception-escape)
        explicit Add(std::string_view name) noexcept {
            add(name,
                [](Args... args) -> std::unique_ptr<Interface> { return std::make_unique<Implementation>(args...); });
        }
    };

    static void add(std::string_view name, Factory factory) {
        const bool is_new = factories().emplace(name, factory).second;
        check<std::logic_error>(is_new, "{} '{}' is registered twice", Interface::kKind, name);
    }

    [[nodiscard]] static std::unique_ptr<Interface> create(std::string_view name, Args... args) {
        const auto found = factories().find(name);
        if (found == factories().end()) throw std::invalid_argument(unknown(name));
        return found->second(args...);
    }

    [[nodiscard]] static std::vector<std::string> names() {  // sorted
        std::vector<std::string> result;
        for (const auto& [name, factory] : factories()) result.push_back(name);
        return result;
    }

  private:
    static std::string unknown(std::string_view name) {
        std::string known;
        for (const auto& [other, factory] : factories()) known += (known.empty() ? "'" : ", '") + other + "'";
        return format("{} must be one of {}, got '{}'", Interface::kKind, known, name);
    }

    // Function-local, so that it exists before the first static registration whatever the order of files.
    static std::map<std::string, Factory, std::less<>>& factories() {
        static std::map<std::string, Factory, std::less<>> map;
        return map;
    }
};

}  // namespace hornbeam
