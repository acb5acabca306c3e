//! `vectors/manifest.json`: what every language reads. `UPDATE=1` writes the vectors anew.
//!
//! The requests are built here by hand; the frames are made by the codec. A frame of a vector is
//! exactly what this version makes of the input, and the error of a damaged one exactly its kind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod by_hand;

use std::path::PathBuf;

use serde_json::{Value, json};
use tracezip::{ErrorKind, Limits, TraceCompressor, TraceDecompressor, TracezipConfig};
use tracezip_tests::check::{LEVELS, level};
use tracezip_tests::corpora::tests_dir;

fn folder() -> PathBuf {
    tests_dir().join("vectors")
}

fn read(name: &Value) -> Vec<u8> {
    let path = folder().join(name.as_str().unwrap());
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn manifest() -> Value {
    serde_json::from_slice(&read(&json!("manifest.json"))).unwrap()
}

/// The files of the vectors and their manifest.
struct Writer {
    files: Vec<(String, Vec<u8>)>,
    valid: Vec<Value>,
    streams: Vec<Value>,
    damaged: Vec<Value>,
}

impl Writer {
    fn file(&mut self, name: String, content: &[u8]) -> Value {
        let name_of = Value::from(name.clone());
        self.files.push((name, content.to_vec()));
        name_of
    }

    fn valid(&mut self, name: &str, about: &str, otlp: &[u8], levels: &[u8]) {
        let input = self.file(format!("{name}.otlp"), otlp);
        for l in levels {
            let frame = tracezip::compress_level(otlp, &level(*l));
            let frame = self.file(format!("{name}.{l}.tracezip"), &frame);
            self.valid.push(json!({"name": name, "about": about, "input": input, "level": l, "frame": frame}));
        }
    }

    fn stream(&mut self, name: &str, about: &str, l: u8, batches: &[Vec<u8>]) {
        let mut compressor = TraceCompressor::new(level(l));
        let mut steps = Vec::new();
        for (i, otlp) in batches.iter().enumerate() {
            let mut frame = Vec::new();
            compressor.compress_frame(otlp, &mut frame);
            let input = self.file(format!("{name}.{i}.otlp"), otlp);
            steps.push(json!({"input": input, "frame": self.file(format!("{name}.{i}.tracezip"), &frame)}));
        }
        self.streams.push(json!({"name": name, "about": about, "level": l, "steps": steps}));
    }

    /// `expected` where this must be the kind whatever the model; else what it is now is written down.
    fn damaged(&mut self, name: &str, about: &str, frame: &[u8], expected: Option<ErrorKind>) {
        let kind = tracezip::decompress(frame).expect_err(name).kind();
        assert!(expected.is_none_or(|expected| expected == kind), "{name}: {kind:?}, not {expected:?}");
        let frame = self.file(format!("{name}.tracezip"), frame);
        let (error, code) = (format!("{kind:?}"), kind.code());
        self.damaged.push(json!({"name": name, "about": about, "frame": frame, "error": error, "code": code}));
    }

    fn write(self) {
        let manifest = json!({
            "about": "input: OTLP bytes; frame: what tracezip makes of them with default settings at this level, \
                      and gives back. streams: frames of one compressor, in order. damaged: one-shot \
                      decompression fails with this error.",
            "valid": self.valid,
            "streams": self.streams,
            "damaged": self.damaged,
        });
        let folder = folder();
        for entry in std::fs::read_dir(&folder).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        for (name, content) in self.files {
            std::fs::write(folder.join(name), content).unwrap();
        }
        std::fs::write(folder.join("manifest.json"), format!("{manifest:#}\n")).unwrap();
    }
}

fn write_anew() {
    let mut writer = Writer { files: vec![], valid: vec![], streams: vec![], damaged: vec![] };
    for (name, about, otlp) in by_hand::requests() {
        let levels = if name == "every-field" { &LEVELS[..] } else { &[3] };
        writer.valid(name, about, &otlp, levels);
    }
    writer.stream("stream", "four batches, the third empty", 3, &by_hand::batches());
    let batches = by_hand::batches();
    let frame = tracezip::compress(&batches[0]);
    let mut compressor = TraceCompressor::new(TracezipConfig::default());
    let linked = [&batches[0], &batches[1]].map(|otlp| {
        let mut frame = Vec::new();
        compressor.compress_frame(otlp, &mut frame);
        frame
    });
    for (name, about, frame, expected) in by_hand::damage(&frame, &linked[1]) {
        writer.damaged(name, about, &frame, expected);
    }
    writer.write();
}

#[test]
fn every_vector_is_as_its_manifest_says() {
    if std::env::var_os("UPDATE").is_some() {
        write_anew();
    }
    let manifest = manifest();
    let list = |name: &str| manifest[name].as_array().unwrap().clone();
    every_file_is_in(&manifest.to_string());
    let valid = list("valid").into_iter().map(|vector| check_valid(&vector));
    let streams = list("streams").into_iter().map(|vector| check_stream(&vector));
    let damaged = list("damaged").into_iter().map(|vector| check_damaged(&vector));
    let failures: Vec<String> = valid.chain(streams).chain(damaged).filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{} vectors fail:\n{}", failures.len(), failures.join("\n"));
}

type Checked = Result<(), String>;

fn must(holds: bool, vector: &Value, what: &str) -> Checked {
    if holds { Ok(()) } else { Err(format!("{}: {what}", vector["frame"].as_str().unwrap())) }
}

const CHANGED: &str = "the frame is another now; if this is meant: cargo xtask vectors";

fn check_valid(vector: &Value) -> Checked {
    let (otlp, frame) = (read(&vector["input"]), read(&vector["frame"]));
    let config = level(vector["level"].as_u64().unwrap() as u8);
    must(tracezip::decompress(&frame).as_ref() == Ok(&otlp), vector, "the input does not come back")?;
    must(tracezip::compress_level(&otlp, &config) == frame, vector, CHANGED)
}

fn check_stream(vector: &Value) -> Checked {
    let mut compressor = TraceCompressor::new(level(vector["level"].as_u64().unwrap() as u8));
    let mut decompressor = TraceDecompressor::new(Limits::default());
    for step in vector["steps"].as_array().unwrap() {
        let (otlp, frame) = (read(&step["input"]), read(&step["frame"]));
        let mut made = Vec::new();
        compressor.compress_frame(&otlp, &mut made);
        must(decompressor.decompress(&frame).as_ref() == Ok(&otlp), step, "the input does not come back")?;
        must(made == frame, step, CHANGED)?;
    }
    Ok(())
}

fn check_damaged(vector: &Value) -> Checked {
    match tracezip::decompress(&read(&vector["frame"])) {
        Ok(_) => must(false, vector, "it is damaged, and is read"),
        Err(error) => {
            let is = (format!("{:?}", error.kind()).into(), error.kind().code().into());
            must(is == (vector["error"].clone(), vector["code"].clone()), vector, &error.to_string())
        }
    }
}

/// A vector that no test opens does not count.
fn every_file_is_in(manifest: &str) {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "manifest.json" || manifest.contains(&format!("\"{name}\"")), "{name}: no test opens it");
    }
}
