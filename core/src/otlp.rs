//! Requests as the types of `opentelemetry_proto` (feature `otlp`).

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use crate::error::{Error, ErrorKind, Result, Stage};

/// Serializes a request and [compresses](crate::compress) it into a frame that stands alone.
pub fn compress_request(request: &ExportTraceServiceRequest) -> Vec<u8> {
    crate::compress(&request.encode_to_vec())
}

/// [Decompresses](crate::decompress) a frame that stands alone and reads the request in it. Fields that
/// these types do not have are lost; the bytes of [`decompress`](crate::decompress) have them.
///
/// # Errors
/// As for [`decompress`](crate::decompress), and [`ErrorKind::NotOtlp`] if the frame holds something else.
pub fn decompress_request(frame: &[u8]) -> Result<ExportTraceServiceRequest> {
    let otlp = crate::decompress(frame)?;
    ExportTraceServiceRequest::decode(&otlp[..])
        .map_err(|_| Error::new(ErrorKind::NotOtlp, Stage::Otlp, 0, "the original is no ExportTraceServiceRequest"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

    use super::*;

    #[test]
    fn requests_come_back() {
        let span = |id: u8| Span {
            trace_id: vec![id; 16],
            span_id: vec![id; 8],
            name: "GET /cart".into(),
            start_time_unix_nano: 1_700_000_000_000_000_000 + u64::from(id),
            ..Span::default()
        };
        let scope_spans = ScopeSpans { spans: (0..50).map(span).collect(), ..ScopeSpans::default() };
        let resource_spans = ResourceSpans { scope_spans: vec![scope_spans], ..ResourceSpans::default() };
        let request = ExportTraceServiceRequest { resource_spans: vec![resource_spans] };
        let frame = compress_request(&request);
        assert!(frame.len() * 2 < request.encoded_len());
        assert_eq!(decompress_request(&frame).unwrap(), request);
        let empty = ExportTraceServiceRequest::default();
        assert_eq!(decompress_request(&compress_request(&empty)).unwrap(), empty);
    }

    #[test]
    fn other_bytes_are_no_request() {
        let error = decompress_request(&crate::compress(b"{}")).unwrap_err();
        assert_eq!((error.kind(), error.stage()), (ErrorKind::NotOtlp, Stage::Otlp));
        assert_eq!(decompress_request(b"\x0a\x00").unwrap_err().kind(), ErrorKind::NotTracezip);
    }
}
