//! Hands the target `aws_answer` to libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| digitalex_fuzz::aws_answer(bytes));
