#pragma once
// Exit statuses of the command line; docs/man/ringside.1 lists the same.

namespace ringside::cli {

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,     // it could not be done; standard error says why
  kUsage = 2,      // the command line itself was wrong
  kBadResult = 3,  // it was done, and the answer is bad: something was rejected, the worker does
                   // not run, a check found errors
};

}  // namespace ringside::cli
