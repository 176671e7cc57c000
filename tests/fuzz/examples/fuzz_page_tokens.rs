//! Hands the target `page_tokens` to libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| digitalex_fuzz::page_tokens(bytes));
