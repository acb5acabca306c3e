//! One payload on its way out: coded as often as it is sent.

use std::io::{self, Read, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request};

/// Paths of what no model of Tracezip knows.
const OTHER_SIGNALS: [&str; 3] = ["/v1/metrics", "/v1/logs", "/v1development/profiles"];

/// How a body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    None,
    Gzip,
    Tracezip,
}

impl Coding {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Coding::None => "none",
            Coding::Gzip => "gzip",
            Coding::Tracezip => crate::negotiation::TOKEN,
        }
    }

    /// That of a message; `None` if it is not one of these.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let Some(value) = headers.get(CONTENT_ENCODING) else { return Some(Coding::None) };
        let value = value.to_str().ok()?.trim();
        [("", Coding::None), ("identity", Coding::None), ("gzip", Coding::Gzip), ("tracezip", Coding::Tracezip)]
            .into_iter()
            .find_map(|(name, coding)| value.eq_ignore_ascii_case(name).then_some(coding))
    }
}

/// The coding of a request that carries traces and may be coded in another way; `None` for all others.
pub(crate) fn is_ours(request: &Request<Bytes>) -> Option<Coding> {
    let media = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let is_protobuf = media.split(';').next().is_some_and(|media| media.trim() == "application/x-protobuf");
    let is_other = OTHER_SIGNALS.iter().any(|path| request.uri().path().ends_with(path));
    let coding = Coding::of(request.headers()).filter(|coding| *coding != Coding::Tracezip)?;
    (is_protobuf && !is_other).then_some(coding)
}

/// A request like `request`, with another body.
pub(crate) fn with_body(request: &Request<Bytes>, coding: Coding, body: Bytes) -> Request<Bytes> {
    let mut new = request.clone();
    if coding == Coding::None {
        new.headers_mut().remove(CONTENT_ENCODING);
    } else {
        new.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    }
    if new.headers().contains_key(CONTENT_LENGTH) {
        new.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    *new.body_mut() = body;
    new
}

pub(crate) fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content)?;
    encoder.finish()
}

/// What is in a gzip body, up to `limit` bytes and one more, which tells that it is too long.
pub(crate) fn gunzip(body: &[u8], limit: usize) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    MultiGzDecoder::new(body).take(limit as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}
