#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tracezip_tests::property::reference(input));
