//! A simulation on one core of the machine.

/// Keeps this thread, and those that it starts, on one core, another one for each number. A simulation
/// and its store wait for each other in turn: on one core that costs a fifth less. Elsewhere than on
/// Linux, and where it is not permitted, the system decides.
pub fn stay_on_one(number: usize) {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        let Ok(permitted) = sched_getaffinity(None) else { return };
        let cores = (0..CpuSet::MAX_CPU).filter(|core| permitted.is_set(*core));
        let cores: Vec<usize> = cores.collect();
        let Some(core) = cores.get(number % cores.len().max(1)) else { return };
        let mut one = CpuSet::new();
        one.set(*core);
        let _ = sched_setaffinity(None, &one);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = number;
}
