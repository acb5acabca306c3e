//! The table of keys.

use serde::Serialize;
use tracezip::{CodingStats, DecompressionStats, KeyStats};

use super::{advice, per_cent};

/// Characters of a key that a table shows.
const MAX_KEY: usize = 48;

/// What the values of one key cost.
#[derive(Serialize)]
pub(crate) struct KeyReport {
    /// The message it stands in: `span`, `event`, `resource`, …
    place: &'static str,
    key: String,
    attribute: bool,
    pub(crate) bytes: f64,
    /// Of all compressed bytes, in per cent.
    share: f64,
    original_bytes: u64,
    values: u64,
    new_values: u64,
    pub(crate) codings: Vec<CodingReport>,
    pub(crate) advice: Option<String>,
    /// The beginning of the value that cost most, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

/// Those of them that were coded alike.
#[derive(Serialize)]
pub(crate) struct CodingReport {
    coding: &'static str,
    values: u64,
    bytes: f64,
    original_bytes: u64,
}

/// The worst keys, and the sum of the others.
#[derive(Serialize)]
pub(crate) struct Keys {
    pub(crate) keys: Vec<KeyReport>,
    pub(crate) other_keys: usize,
    pub(crate) other_keys_bytes: f64,
}

impl Keys {
    /// The `top` that cost most.
    pub(crate) fn new(stats: &DecompressionStats, top: Option<usize>, with_values: bool) -> Self {
        let (shown, others) = stats.keys.split_at(top.unwrap_or(usize::MAX).min(stats.keys.len()));
        Keys {
            keys: shown.iter().map(|key| KeyReport::new(key, stats.compressed_size, with_values)).collect(),
            other_keys: others.len(),
            other_keys_bytes: others.iter().fold(0.0, |sum, key| sum + key.bytes),
        }
    }
}

/// The line above those of [`KeyReport::line`].
pub(crate) fn heading() -> String {
    format!(
        "{:>10}  {:>7}  {:>10}  {:>9}  {:>9}  {:>8}  key: coded as",
        "bytes", "share", "original", "values", "new", "B/value"
    )
}

impl KeyReport {
    fn new(key: &KeyStats, compressed: u64, with_values: bool) -> Self {
        KeyReport {
            place: key.place.as_str(),
            key: key.key.clone(),
            attribute: key.is_attribute,
            bytes: key.bytes,
            share: per_cent(key.bytes, compressed as f64),
            original_bytes: key.original_bytes,
            values: key.values,
            new_values: key.new_values,
            codings: key.codings.iter().map(CodingReport::new).collect(),
            advice: advice::of_key(key, compressed),
            value: with_values.then(|| key.dearest.clone()),
        }
    }

    /// As people call it: the message, then the key; fields of OTLP's own say so.
    pub(crate) fn title(&self) -> String {
        let mut key = printable(&self.key);
        if key.chars().count() > MAX_KEY {
            key = key.chars().take(MAX_KEY - 1).chain(['…']).collect();
        }
        format!("{} {key}{}", self.place, if self.attribute { "" } else { " (field)" })
    }

    /// What its bytes were coded as, in per cent of them.
    fn mix(&self) -> String {
        let part = |of: &CodingReport| match per_cent(of.bytes, self.bytes) {
            share if share < 0.5 => None,
            share => Some(format!("{} {share:.0} %", of.coding)),
        };
        let parts: Vec<String> = self.codings.iter().filter_map(part).take(3).collect();
        if parts.is_empty() { "predicted".to_string() } else { parts.join(", ") }
    }

    /// A line of the table.
    pub(crate) fn line(&self) -> String {
        format!(
            "{}  {}: {}",
            figures(self.bytes, Some(self.share), self.original_bytes, self.values, Some(self.new_values)),
            self.title(),
            self.mix()
        )
    }

    /// The line of its dearest value, if that was asked for.
    pub(crate) fn value_line(&self) -> Option<String> {
        Some(format!("dearest: {}", printable(self.value.as_deref()?)))
    }
}

impl CodingReport {
    fn new(of: &CodingStats) -> Self {
        let CodingStats { coding, values, bytes, original_bytes, .. } = *of;
        CodingReport { coding: coding.as_str(), values, bytes, original_bytes }
    }

    /// A line below that of its key.
    pub(crate) fn line(&self) -> String {
        format!("{}    {}", figures(self.bytes, None, self.original_bytes, self.values, None), self.coding)
    }
}

fn figures(bytes: f64, share: Option<f64>, original: u64, values: u64, new: Option<u64>) -> String {
    let share = share.map(|share| format!("{share:.1} %")).unwrap_or_default();
    let new = new.map(|new| new.to_string()).unwrap_or_default();
    let each = bytes / values.max(1) as f64;
    format!("{bytes:>10.0}  {share:>7}  {original:>10}  {values:>9}  {new:>9}  {each:>8.2}")
}

/// Keys and values come from whoever sent the traces: no control character of theirs reaches a terminal.
fn printable(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nü"), "a\\u{1b}[31mb\\nü");
    }
}
