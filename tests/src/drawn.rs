//! Ids that the generators of real SDKs have drawn: `core/src/model/ids/generators/drawn`, where the scripts
//! beside the lists have made them.

use crate::tests_dir;
use crate::wire::Message;

/// The ids of one span.
pub struct Drawn {
    /// The thread that drew them, where the list names it.
    pub thread: u64,
    /// The span id, 8 bytes.
    pub span: Vec<u8>,
    /// Of a root: the trace id, 16 bytes.
    pub trace: Option<Vec<u8>>,
}

/// The ids of a list, in the order in which they were drawn.
pub fn drawn(list: &str) -> Vec<Drawn> {
    let path = tests_dir().parent().unwrap().join("core/src/model/ids/generators/drawn").join(list);
    let lines = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    lines.lines().filter_map(line).collect()
}

/// Nothing for a line that says that somebody else has drawn.
fn line(line: &str) -> Option<Drawn> {
    let words: Vec<&str> = line.split(' ').collect();
    // Only Java's lists name the thread.
    let (thread, ids) = if words[0].len() == 16 { (0, &words[..]) } else { (words[0].parse().ok()?, &words[1..]) };
    Some(Drawn { thread, span: hex(ids.first()?), trace: ids.get(1).map(|trace| hex(trace)) })
}

/// A span with these ids, number `i` of its sender.
pub fn span(ids: &Drawn, i: u64) -> Message {
    let trace = ids.trace.clone().unwrap_or(vec![7; 16]);
    Message::new().bytes(1, trace).bytes(2, &ids.span).bytes(5, "step").fixed64(7, 1_000_000 * i)
}

/// A request of these spans, in one resource and one scope.
pub fn request(spans: impl IntoIterator<Item = Message>) -> Vec<u8> {
    let scope = spans.into_iter().fold(Message::new(), |scope, span| scope.message(2, &span));
    Message::new().message(1, &Message::new().message(2, &scope)).encode()
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}
