//! `tests/negotiation.json`: the cases that every language runs.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashMap;

use serde_json::Value;

use super::*;

fn table() -> Value {
    serde_json::from_str(include_str!("../../tests/negotiation.json")).unwrap()
}

fn rows(value: &Value) -> &[Value] {
    let rows = value.as_array().unwrap();
    assert!(!rows.is_empty());
    rows
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn seconds(value: &Value) -> Duration {
    Duration::from_secs_f64(value.as_f64().unwrap())
}

fn answer(said: &Value) -> Answer {
    if said == "lost" {
        return LOST;
    }
    let status = u16::try_from(said["status"].as_u64().unwrap()).unwrap();
    Answer { class: Class::of(status), advertises: said["advertises"].as_bool().unwrap() }
}

fn coding(tracezip: bool) -> &'static str {
    if tracezip { "tracezip" } else { "gzip" }
}

/// A machine with the settings of a case.
struct Bench {
    machine: Machine,
    jitter: f64,
}

impl Bench {
    fn new(case: &Value) -> Self {
        let machine = Machine::new(text(&case["mode"]).parse().unwrap());
        Bench { machine, jitter: case["jitter"].as_f64().unwrap_or(0.0) }
    }

    fn answered_again(&self, said: &Value, now: Duration) {
        self.machine.answered_again(answer(said), now, FIRST_WAIT, self.jitter);
    }

    fn check(&self, step: &Value) {
        match self.machine.state() {
            None => assert_eq!(step["state"], Value::Null, "{step}"),
            Some(State::Ask) => assert_eq!(step["state"], "ask", "{step}"),
            Some(State::On) => assert_eq!(step["state"], "on", "{step}"),
            Some(State::Off { until, .. }) => {
                assert_eq!(step["state"], "off", "{step}");
                assert!(until.abs_diff(seconds(&step["until"])) < Duration::from_millis(1), "{step}: {until:?}");
            }
        }
    }
}

#[test]
fn cases() {
    let table = table();
    for case in rows(&table["cases"]) {
        let bench = Bench::new(case);
        for step in rows(&case["steps"]) {
            let (now, server) = (seconds(&step["at"]), &table["servers"][text(&step["server"])]);
            let tracezip = bench.machine.choose(now);
            let mut requests = vec![coding(tracezip)];
            let mut last = server[coding(tracezip)].clone();
            if bench.machine.answered(tracezip, answer(&last)) {
                last = "lost".into();
                if step["no_time_left"] != true {
                    requests.push("gzip");
                    last = server["gzip"].clone();
                }
                bench.answered_again(&last, now);
            }
            let result = if last == "lost" { last } else { last["status"].clone() };
            assert_eq!(step["requests"], Value::from(requests), "{}: {step}", case["name"]);
            assert_eq!(step["result"], result, "{}: {step}", case["name"]);
            bench.check(step);
        }
    }
}

#[test]
fn calls_at_once() {
    let table = table();
    for case in rows(&table["interleaved"]) {
        let bench = Bench::new(case);
        let mut sent = HashMap::new();
        for step in rows(&case["steps"]) {
            let now = seconds(&step["at"]);
            if let Some(call) = step["begin"].as_str() {
                let tracezip = bench.machine.choose(now);
                assert_eq!(step["coding"], coding(tracezip), "{step}");
                sent.insert(call, tracezip);
            } else {
                let tracezip = sent[text(&step["answer"])];
                let server = &table["servers"][text(&step["server"])];
                let again = bench.machine.answered(tracezip, answer(&server[coding(tracezip)]));
                assert_eq!(step["again"], again, "{step}");
                if again {
                    bench.answered_again(&server["gzip"], now);
                }
            }
            bench.check(step);
        }
    }
}

#[test]
fn advertisements() {
    for row in rows(&table()["advertisements"]) {
        let fields: Vec<&str> = row[0].as_array().unwrap().iter().map(text).collect();
        assert_eq!(row[1], advertises(fields), "{row}");
    }
}

#[test]
fn classes_of_statuses() {
    for (name, class) in [("acknowledged", Class::Acknowledged), ("refused", Class::Refused), ("other", Class::Other)] {
        for status in rows(&table()["classes"]["http"][name]) {
            assert_eq!(Class::of(u16::try_from(status.as_u64().unwrap()).unwrap()), class, "{status}");
        }
    }
}

#[test]
fn jitter_is_drawn_evenly() {
    let drawn: Vec<f64> = (0..1000).map(|_| jitter()).collect();
    assert!(drawn.iter().all(|value| value.abs() <= 0.1));
    assert!(drawn.iter().any(|value| *value < -0.08) && drawn.iter().any(|value| *value > 0.08));
    assert!((drawn.iter().sum::<f64>() / 1000.0).abs() < 0.02);
}

#[test]
fn an_unknown_mode_is_named() {
    assert!("always".parse::<Mode>().unwrap_err().contains("auto, eager, force, off"));
}
