// Threads started within its scope leave signals to the thread that asked for them: a worker that swallowed SIGINT
// would not wake Python's main thread. Faults stay deliverable, for faulthandler and sanitizers.
#pragma once

#include <pthread.h>

#include <csignal>

namespace hornbeam {

class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t mask;
        sigfillset(&mask);
        for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGPROF}) sigdelset(&mask, fault);
        pthread_sigmask(SIG_SETMASK, &mask, &previous_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    sigset_t previous_;
};

}  // namespace hornbeam
