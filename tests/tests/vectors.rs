//! `vectors/manifest.json`: what every language reads. `UPDATE=1` writes the vectors anew.
//!
//! The requests are built in `by_hand`; the frames are made by the codec. A frame of a vector is
//! exactly what this version makes of the input, and the error of a damaged one exactly its kind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod by_hand;

use std::path::PathBuf;

use by_hand::{Damaged, Request, Sequence};
use serde_json::{Value, json};
use tracezip::{Dictionary, Limits, TraceCompressor, TraceDecompressor, TracezipConfig};
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
#[derive(Default)]
struct Writer {
    files: Vec<(String, Vec<u8>)>,
    valid: Vec<Value>,
    streams: Vec<Value>,
    sequences: Vec<Value>,
    dictionaries: Vec<Value>,
    damaged: Vec<Value>,
}

impl Writer {
    /// The name of a file with this content: the first one that has it, else a new one.
    fn file(&mut self, name: String, content: &[u8]) -> Value {
        if let Some((known, _)) = self.files.iter().find(|(_, known)| known == content) {
            return known.clone().into();
        }
        self.files.push((name.clone(), content.to_vec()));
        name.into()
    }

    fn valid(&mut self, Request { name, about, otlp, levels }: Request) {
        let input = self.file(format!("{name}.otlp"), &otlp);
        for l in levels {
            let frame = tracezip::compress_level(&otlp, &level(*l));
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

    fn sequence(&mut self, Sequence { name, about, steps }: Sequence) {
        let mut decompressor = TraceDecompressor::new(Limits::default());
        let mut written = Vec::new();
        for (i, (frame, otlp)) in steps.iter().enumerate() {
            let decoded = decompressor.decompress_frame(frame, &mut Vec::new());
            let frame = self.file(format!("{name}.{i}.tracezip"), frame);
            written.push(match (decoded, otlp) {
                (Ok(_), Some(otlp)) => json!({"frame": frame, "input": self.file(format!("{name}.{i}.otlp"), otlp)}),
                (Err(error), None) => refused(frame, &error),
                (decoded, _) => panic!("{name}, step {i}: {decoded:?}"),
            });
        }
        self.sequences.push(json!({"name": name, "about": about, "steps": written}));
    }

    fn dictionary(&mut self, name: &str, about: &str, samples: &[Vec<u8>], batches: &[Vec<u8>]) {
        let dictionary = Dictionary::train(samples, 4 << 10).unwrap();
        let file = self.file(format!("{name}.dictionary.tracezip"), dictionary.as_bytes());
        let mut frames = Vec::new();
        for (i, otlp) in batches.iter().enumerate() {
            let input = self.file(format!("{name}.{i}.otlp"), otlp);
            for l in LEVELS {
                let frame = tracezip::compress_level(otlp, &with_dictionary(l, &dictionary));
                let frame = self.file(format!("{name}.{i}.{l}.tracezip"), &frame);
                frames.push(json!({"input": input, "level": l, "frame": frame}));
            }
        }
        let id = format!("{:016x}", dictionary.id());
        self.dictionaries.push(json!({"name": name, "about": about, "dictionary": file, "id": id, "frames": frames}));
    }

    fn damaged(&mut self, Damaged { name, about, frame, expected }: Damaged) {
        let error = tracezip::decompress(&frame).expect_err(&name);
        let kind = error.kind();
        assert!(expected.is_none_or(|expected| expected == kind), "{name}: {kind:?}, not {expected:?}");
        let mut vector = refused(self.file(format!("{name}.tracezip"), &frame), &error);
        (vector["name"], vector["about"]) = (name.into(), about.into());
        self.damaged.push(vector);
    }

    fn write(self) {
        let manifest = json!({
            "about": "input: OTLP bytes; frame: what tracezip makes of them with default settings at this level, \
                      and gives back. streams: frames of one compressor, in order. damaged: one-shot \
                      decompression fails with this error. sequences: one decompressor with default limits reads \
                      these frames in order, made with any settings; each gives its input or fails with its error. \
                      dictionaries: frames that stand alone for those who hold the dictionary, made with it at \
                      this level and else default settings.",
            "valid": self.valid,
            "streams": self.streams,
            "sequences": self.sequences,
            "dictionaries": self.dictionaries,
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

/// A frame and the error it fails with.
fn refused(frame: Value, error: &tracezip::Error) -> Value {
    let (kind, stage) = (format!("{:?}", error.kind()), format!("{:?}", error.stage()));
    json!({"frame": frame, "error": kind, "code": error.kind().code(), "stage": stage})
}

fn write_anew() {
    let mut writer = Writer::default();
    by_hand::requests().into_iter().for_each(|request| writer.valid(request));
    for (name, about, l, batches) in by_hand::streams() {
        writer.stream(name, about, l, &batches);
    }
    by_hand::sequences().into_iter().for_each(|sequence| writer.sequence(sequence));
    let (name, about, samples, batches) = by_hand::dictionary();
    writer.dictionary(name, about, &samples, &batches);
    by_hand::damage().into_iter().for_each(|damaged| writer.damaged(damaged));
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
    let sequences = list("sequences").into_iter().map(|vector| check_sequence(&vector));
    let dictionaries = list("dictionaries").into_iter().map(|vector| check_dictionary(&vector));
    let damaged =
        list("damaged").into_iter().map(|vector| check_error(&vector, tracezip::decompress(&read(&vector["frame"]))));
    let checked = valid.chain(streams).chain(sequences).chain(dictionaries).chain(damaged);
    let failures: Vec<String> = checked.filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{} vectors fail:\n{}", failures.len(), failures.join("\n"));
}

fn without_prediction(level: u8) -> TracezipConfig {
    TracezipConfig::builder().level(level).predict_ids(false).build().unwrap()
}

/// Or the vectors of drawn ids would show nothing.
#[test]
fn drawn_ids_are_predicted() {
    for (name, otlp, ids) in by_hand::drawn_ids() {
        for l in LEVELS {
            let configs = [level(l), without_prediction(l)];
            let [seeing, blind] = configs.map(|config| tracezip::compress_level(&otlp, &config).len());
            println!("{name}, level {l}: {} bytes, {ids} of them ids: {blind} without, {seeing}", otlp.len());
            assert!(blind - seeing > ids / 2, "{name}, level {l}: {seeing} of {blind} bytes, {ids} of ids");
        }
    }
}

/// At the end of each stream, whatever it began with. (Ids that are quoted in text cost more if they wait.)
#[test]
fn drawn_ids_are_predicted_in_streams() {
    for (name, _, l, batches) in by_hand::streams() {
        if !name.starts_with("drawn-") {
            continue;
        }
        let [seeing, blind] = [level(l), without_prediction(l)].map(|config| {
            let mut compressor = TraceCompressor::new(config);
            let frames = batches.iter().map(|otlp| {
                let mut frame = Vec::new();
                compressor.compress_frame(otlp, &mut frame);
                frame.len()
            });
            frames.last().unwrap()
        });
        println!("{name}, last frame: {blind} bytes without, {seeing}");
        let quoted = name.starts_with("drawn-quoted");
        assert!(quoted || seeing * 3 < blind * 2, "{name}: {seeing} of {blind} bytes");
    }
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

fn check_sequence(vector: &Value) -> Checked {
    let mut decompressor = TraceDecompressor::new(Limits::default());
    for step in vector["steps"].as_array().unwrap() {
        let mut otlp = Vec::new();
        let decoded = decompressor.decompress_frame(&read(&step["frame"]), &mut otlp);
        match step["input"].is_null() {
            true => check_error(step, decoded)?,
            false => must(decoded.is_ok() && otlp == read(&step["input"]), step, "the input does not come back")?,
        }
    }
    Ok(())
}

fn with_dictionary(level: u8, dictionary: &Dictionary) -> TracezipConfig {
    TracezipConfig::builder().level(level).dictionary(dictionary.clone()).build().unwrap()
}

fn check_dictionary(vector: &Value) -> Checked {
    let dictionary = Dictionary::load(&read(&vector["dictionary"])).map_err(|error| error.to_string())?;
    assert_eq!(vector["id"], format!("{:016x}", dictionary.id()));
    let mut decompressor = TraceDecompressor::new(Limits::default());
    decompressor.add_dictionary(dictionary.clone());
    for step in vector["frames"].as_array().unwrap() {
        let (otlp, frame) = (read(&step["input"]), read(&step["frame"]));
        must(decompressor.decompress(&frame).as_ref() == Ok(&otlp), step, "the input does not come back")?;
        let config = with_dictionary(step["level"].as_u64().unwrap() as u8, &dictionary);
        must(tracezip::compress_level(&otlp, &config) == frame, step, CHANGED)?;
    }
    Ok(())
}

fn check_error<T>(vector: &Value, decoded: tracezip::Result<T>) -> Checked {
    match decoded {
        Ok(_) => must(false, vector, "it is damaged, and is read"),
        Err(error) => {
            let is = refused(vector["frame"].clone(), &error);
            let same = ["error", "code", "stage"].iter().all(|field| is[field] == vector[field]);
            must(same, vector, &error.to_string())
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
