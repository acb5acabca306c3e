//! Spans whose ids the generators of real SDKs have drawn: `core/src/model/ids/generators/drawn`, where the
//! scripts beside the lists have made them.

use std::collections::HashMap;

use tracezip_tests::drawn::{Drawn, drawn};
use tracezip_tests::wire::Message;

use super::streams::{Sequence, Stream, configured};
use super::{Request, START, attribute, m, text};

/// A span that can be another's parent.
#[derive(Clone)]
struct At {
    trace: Vec<u8>,
    span: Vec<u8>,
}

fn digits(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What each span is in: the trace of the last root of its thread, whose child it is. A thread without a root
/// works for a caller that is not known.
fn relations(ids: &[Drawn]) -> Vec<(At, Option<Vec<u8>>)> {
    let mut roots: HashMap<u64, At> = HashMap::new();
    let relation = |drawn: &Drawn| {
        if let Some(trace) = &drawn.trace {
            let root = At { trace: trace.clone(), span: drawn.span.clone() };
            roots.insert(drawn.thread, root.clone());
            return (root, None);
        }
        let caller = || At { trace: vec![drawn.thread as u8 | 0x80; 16], span: vec![drawn.thread as u8 | 0x40; 8] };
        let root = roots.entry(drawn.thread).or_insert_with(caller);
        (At { trace: root.trace.clone(), span: drawn.span.clone() }, Some(root.span.clone()))
    };
    ids.iter().map(relation).collect()
}

/// A span that began as number `i`, by a clock that tells so many spans one from the other.
fn span(at: &At, parent: Option<&Vec<u8>>, i: usize, coarse: usize) -> Message {
    let span = m().bytes(1, &at.trace).bytes(2, &at.span);
    let span = parent.map_or(span.clone(), |parent| span.bytes(4, parent));
    let start = START / 1_000_000 * 1_000_000 + (i / coarse) as u64 * 1_000_000;
    span.bytes(5, "step").fixed64(7, start)
}

/// Spans as they end: the last ones of a few first.
fn spans(ids: &[Drawn], coarse: usize) -> Vec<Message> {
    let spans: Vec<Message> =
        relations(ids).iter().enumerate().map(|(i, (at, parent))| span(at, parent.as_ref(), i, coarse)).collect();
    spans.chunks(5).flat_map(|few| few.iter().rev().cloned()).collect()
}

/// The `ResourceSpans` of a service.
fn service(name: &str, spans: impl IntoIterator<Item = Message>) -> Message {
    let scope = m().message(1, &m().bytes(1, "scope"));
    let spans = spans.into_iter().fold(scope, |scope, span| scope.message(2, &span));
    m().message(1, &m().message(1, &attribute("service.name", &text(name)))).message(2, &spans)
}

fn request(services: &[Message]) -> Vec<u8> {
    services.iter().fold(m(), |request, service| request.message(1, service)).encode()
}

fn batches(spans: &[Message], size: usize) -> Vec<Vec<u8>> {
    spans.chunks(size).map(batch).collect()
}

fn batch(spans: &[Message]) -> Vec<u8> {
    request(&[service("drawn", spans.to_vec())])
}

/// What has drawn a list of ids.
struct List {
    name: &'static str,
    about: &'static str,
    file: &'static str,
    /// Spans that begin within a tick of the clock.
    coarse: usize,
    /// Spans of the first batch, and of the two that follow.
    sizes: [usize; 2],
}

const JAVA: List = List {
    name: "drawn-java",
    about: "ids of a Java SDK, JDK 8 to 17, threads in turn",
    file: "java_ids.txt",
    coarse: 1,
    sizes: [160, 100],
};

const JAVA_21: List = List {
    name: "drawn-java21",
    about: "ids of a Java SDK, JDK 21, a virtual thread for each request",
    file: "java21_ids.txt",
    coarse: 1,
    sizes: [30, 15],
};

const V8: List = List {
    name: "drawn-v8",
    about: "ids of a Node SDK, three spans in a tick of the clock",
    file: "v8_ids.txt",
    coarse: 3,
    sizes: [200, 100],
};

const MT19937: List =
    List { name: "drawn-mt19937", about: "ids of a Python SDK", file: "mt19937.txt", coarse: 1, sizes: [500, 95] };

const RUBY: List =
    List { name: "drawn-ruby", about: "ids of a Ruby SDK", file: "mt19937_ruby.txt", coarse: 1, sizes: [500, 95] };

const GO: List =
    List { name: "drawn-go", about: "ids of a Go SDK before 1.38", file: "go_bytes.txt", coarse: 1, sizes: [720, 40] };

const GO_WORDS: List = List {
    name: "drawn-go-words",
    about: "ids of a tracer for Go that come from one word each",
    file: "go_words.txt",
    coarse: 1,
    sizes: [720, 40],
};

const MT19937_64: List = List {
    name: "drawn-mt19937-64",
    about: "ids of Jaeger's client for C++",
    file: "mt19937_64.txt",
    coarse: 1,
    sizes: [720, 40],
};

impl List {
    /// Three batches of one process.
    fn batches(&self) -> Vec<Vec<u8>> {
        let spans = spans(&drawn(self.file), self.coarse);
        let [first, next] = self.sizes;
        [&spans[..first], &spans[first..first + next], &spans[first + next..first + 2 * next]].map(batch).into()
    }
}

pub(super) fn requests() -> Vec<Request> {
    let alone = [JAVA, JAVA_21, V8, MT19937, RUBY, GO, GO_WORDS, MT19937_64]
        .map(|list| Request::new(list.name, list.about, list.batches()[0].clone()).at(&[3, 9]));
    let two = Request::new("drawn-two", "ids of two processes, each other's parents", two_processes()[0].clone());
    alone.into_iter().chain([two.at(&[3, 9])]).collect()
}

/// A Node process that calls a Java process, which is exported first.
fn two_processes() -> Vec<Vec<u8>> {
    let (node, java) = (drawn(V8.file), drawn(JAVA.file));
    let calls = relations(&node);
    let web = |from: usize, to: usize| {
        let spans = (from..to).map(|i| span(&calls[i].0, calls[i].1.as_ref(), i, 1));
        service("web", spans)
    };
    let called = |i: usize| {
        let (caller, _) = &calls[i];
        span(&At { trace: caller.trace.clone(), span: java[i].span.clone() }, Some(&caller.span), i, 1)
    };
    let link = |i: usize| {
        let to = &calls[i].0;
        called(i - 40).message(13, &m().bytes(1, &to.trace).bytes(2, &to.span))
    };
    vec![
        request(&[service("pay", (0..100).map(called)), web(0, 100)]),
        // Parents and links that nobody in the batch has drawn.
        request(&[service("pay", (100..130).map(called).chain((130..140).map(|i| link(i + 40))))]),
        request(&[web(100, 160), service("pay", (140..160).map(called))]),
    ]
}

/// Threads that end, and others of the same service that draw after them.
fn restarted() -> Vec<Vec<u8>> {
    let (before, after): (Vec<_>, Vec<_>) =
        drawn(JAVA.file).into_iter().partition(|drawn| [1, 31, 107].contains(&drawn.thread));
    let mut made = batches(&spans(&before[..60], 1), 60);
    made.extend(batches(&spans(&after, 1), 60));
    made
}

/// Spans whose text has ids in it: their own, and that of the parent.
fn quoted() -> Vec<Vec<u8>> {
    let ids = relations(&drawn(V8.file));
    let span = |i: usize, quotes: bool| {
        let (at, parent) = &ids[i];
        let span = span(at, parent.as_ref(), i, 1);
        if !quotes {
            return span;
        }
        let log = format!("trace={} span={}", digits(&at.trace), digits(&at.span));
        let of = |id: &[u8]| text(&digits(id));
        let span = span.message(9, &attribute("log", &text(&log))).message(9, &attribute("trace", &of(&at.trace)));
        let span = span.message(9, &attribute("span", &of(&at.span)));
        parent.iter().fold(span, |span, parent| span.message(9, &attribute("parent", &of(parent))))
    };
    let batch = |from: usize, to: usize, quoting: usize| {
        request(&[service("drawn", (from..to).map(|i| span(i, i >= quoting)))])
    };
    vec![batch(0, 80, 60), batch(80, 100, 80), batch(100, 120, 100)]
}

/// Batches of which each has some spans that began after the first of the next one, from a process that shuffles the
/// attributes of its resource.
fn late(spans: &[Message]) -> Vec<Vec<u8>> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|at| at + if at % 7 == 3 { 50 } else { 0 });
    let batch = |(at, chunk): (usize, &[usize])| {
        let mut attributes = [("service.name", "late"), ("host.name", "a"), ("k8s.pod.name", "b")];
        attributes.rotate_left(at % 3);
        let resource = attributes.iter().fold(m(), |all, (key, value)| all.message(1, &attribute(key, &text(value))));
        let scope = chunk.iter().fold(m(), |scope, at| scope.message(2, &spans[*at]));
        request(&[m().message(1, &resource).message(2, &scope)])
    };
    order.chunks(80).enumerate().map(batch).collect()
}

pub(super) fn streams() -> Vec<Stream> {
    let small = batches(&spans(&drawn(MT19937.file)[..600], 1), 60);
    let [java, java21, v8, mt19937, ruby] = [JAVA, JAVA_21, V8, MT19937, RUBY].map(|list| list.batches());
    let lagged = [GO, GO_WORDS, MT19937_64].map(|list| list.batches());
    // Shuffled attributes, and spans that come with a later batch than they began before.
    let late = late(&spans(&drawn(MT19937_64.file), 1));
    let (two, restart, quotes) = (two_processes(), restarted(), quoted());
    let both = |[three, nine]: [&'static str; 2], about: &'static str, batches: &[Vec<u8>]| {
        [(three, about, 3, batches.to_vec()), (nine, about, 9, batches.to_vec())]
    };
    [
        both(["drawn-java-stream", "drawn-java-stream-9"], "ids of Java threads, three batches", &java),
        both(["drawn-java21-stream", "drawn-java21-stream-9"], "ids of virtual threads, three batches", &java21),
        both(["drawn-v8-stream", "drawn-v8-stream-9"], "ids of a Node process, three batches", &v8),
        both(["drawn-mt19937-stream", "drawn-mt19937-stream-9"], "ids of a Python process, three batches", &mt19937),
        both(["drawn-ruby-stream", "drawn-ruby-stream-9"], "ids of a Ruby process, three batches", &ruby),
        both(["drawn-go-stream", "drawn-go-stream-9"], "ids of a Go process, three batches", &lagged[0]),
        both(["drawn-go-words-stream", "drawn-go-words-stream-9"], "the same, of whole words", &lagged[1]),
        both(["drawn-mt19937-64-stream", "drawn-mt19937-64-stream-9"], "ids of a C++ process", &lagged[2]),
        both(["drawn-late", "drawn-late-9"], "ids of a C++ process, out of order over small batches", &late),
        both(["drawn-small", "drawn-small-9"], "ids of a Python process, found over small batches", &small),
        both(["drawn-two-stream", "drawn-two-stream-9"], "two processes; parents and links to absent spans", &two),
        both(["drawn-restart", "drawn-restart-9"], "a process that starts anew in mid-stream", &restart),
        both(["drawn-quoted", "drawn-quoted-9"], "ids that wait and are quoted in text", &quotes),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(super) fn sequences() -> Vec<Sequence> {
    let numbered = spans(&drawn(V8.file), 1).into_iter().enumerate();
    let numbered: Vec<Message> =
        numbered.map(|(i, span)| span.message(9, &attribute("n", &text(&format!("value {}", i * i))))).collect();
    let batches = batches(&numbered[..180], 140);
    vec![
        configured("drawn-renewed", "ids wait when the model is renewed", 3, &batches, |config| {
            config.max_string_table_size(16)
        }),
        configured("drawn-renewed-9", "the same, mixed", 9, &batches, |config| config.max_string_table_size(16)),
    ]
}

/// The first batch of each list whose state is short, and how many bytes its ids are: most of them are to be saved.
pub(crate) fn drawn_ids() -> Vec<(&'static str, Vec<u8>, usize)> {
    let of = |list: List| {
        let ids = drawn(list.file);
        let len = ids[..list.sizes[0]].iter().map(|drawn| 8 + drawn.trace.as_ref().map_or(0, Vec::len)).sum();
        (list.name, list.batches()[0].clone(), len)
    };
    [JAVA, JAVA_21, V8, MT19937, RUBY].map(of).into()
}
