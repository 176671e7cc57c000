//! The binary; see the library of the same name.

use std::process::ExitCode;

/// A call makes some hundred small allocations in the SDK; this takes a tenth off the time of a run.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    digitalex_rollout::run()
}
