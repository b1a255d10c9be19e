#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crosskey_fuzz::manifest::run(data));
