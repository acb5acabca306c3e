//! The text that every history starts with.

/// One string a line; `~` stands for a line feed within a string.
const SOURCE: &[u8] = include_bytes!("primer.txt");

/// Text of the OpenTelemetry semantic conventions and of popular frameworks, each string followed by a zero byte.
pub(crate) const PRIMER: &[u8] = &convert();

const fn convert() -> [u8; SOURCE.len()] {
    let mut out = [0; SOURCE.len()];
    let mut i = 0;
    while i < SOURCE.len() {
        out[i] = match SOURCE[i] {
            b'\n' => 0,
            b'~' => b'\n',
            byte => byte,
        };
        i += 1;
    }
    out
}
