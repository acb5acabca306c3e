//! The properties of `fuzz/`, with random bytes and with what was found before: they hold without a nightly
//! toolchain.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cases;

use cases::cases;
use proptest::prelude::*;
use tracezip_tests::property::{self, crashers};
use tracezip_tests::tests_dir;

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn decode(input in prop::collection::vec(any::<u8>(), 0..200), coded in any::<bool>()) {
        let mark = if coded { 0x0f } else { 0x07 };
        property::decode(&input);
        property::decode(&[&[mark], &input[..]].concat());
    }

    #[test]
    fn round_trip(input in prop::collection::vec(any::<u8>(), 0..400)) {
        property::round_trip(&input);
    }

    #[test]
    fn otlp(input in prop::collection::vec(any::<u8>(), 0..2000)) {
        property::otlp(&input);
    }

    #[test]
    fn mutated(input in prop::collection::vec(any::<u8>(), 0..60)) {
        property::mutated(&input);
    }

    #[test]
    fn operations(input in prop::collection::vec(any::<u8>(), 0..300)) {
        property::operations(&input);
    }
}

/// Python is slow.
fn few_cases() -> ProptestConfig {
    let config = cases(160);
    ProptestConfig { cases: config.cases / 10, ..config }
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn reference(input in prop::collection::vec(any::<u8>(), 0..400)) {
        property::reference(&input);
    }
}

#[test]
fn what_once_broke_a_property() {
    let reasons = std::fs::read_to_string(tests_dir().join("crashers/README.md")).unwrap();
    for crasher in crashers() {
        let property = property::ALL.iter().find(|(name, _)| *name == crasher.property);
        let (_, property) = property.unwrap_or_else(|| panic!("{}: no property is named so", crasher.name));
        assert!(reasons.contains(&format!("`{}`", crasher.name)), "{}: crashers/README.md has no reason", crasher.name);
        println!("{}", crasher.name);
        property(&crasher.input);
    }
}
