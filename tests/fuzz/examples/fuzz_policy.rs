//! Hands the target `policy` to libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| digitalex_fuzz::policy(bytes));
