// Round to nearest, subnormals kept, no traps for as long as this lives, whatever another library or the user set.
//
// Pool threads hold one for life; bindings hold one around each public operation, or bits would depend on the caller.
#pragma once

#include <cfenv>

namespace hornbeam {

class DefaultFloatEnvironment {
  public:
    DefaultFloatEnvironment() {
        std::fegetenv(&previous_);
        std::fesetenv(FE_DFL_ENV);
    }
    ~DefaultFloatEnvironment() { std::fesetenv(&previous_); }
    DefaultFloatEnvironment(const DefaultFloatEnvironment&) = delete;
    DefaultFloatEnvironment& operator=(const DefaultFloatEnvironment&) = delete;

  private:
    std::fenv_t previous_;
};

}  // namespace hornbeam
