//! OTLP JSON to protobuf, message by message.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use crate::error::{Error, Result};

/// Reads JSON documents one after another (a line each, as the Collector's file exporter writes them,
/// or over several lines) and writes each as protobuf.
///
/// # Errors
/// [`Error::Json`] with the line and column.
pub fn json_to_protobuf(text: &[u8]) -> Result<Vec<Vec<u8>>> {
    let documents = serde_json::Deserializer::from_slice(text).into_iter::<ExportTraceServiceRequest>();
    let encode = |(index, document): (usize, serde_json::Result<ExportTraceServiceRequest>)| {
        document.map(|request| request.encode_to_vec()).map_err(|source| Error::Json { index, source })
    };
    documents.enumerate().map(encode).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::batch::count_spans;

    #[test]
    fn documents_become_messages() {
        let span = r#"{"resourceSpans":[{"resource":{},"scopeSpans":[{"spans":[
            {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"a","kind":2,
             "startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000",
             "attributes":[{"key":"n","value":{"intValue":"3"}}],"unknownField":1}]}]}]}"#;
        let messages = json_to_protobuf(format!("{span}\n{span}\n").as_bytes()).unwrap();
        assert_eq!(messages.len(), 2);
        assert_eq!(count_spans(&messages[0]), Ok(1));
        let error = json_to_protobuf(b"{\"resourceSpans\":[]}\n{\"resourceSpans\":3}").unwrap_err().to_string();
        assert!(error.starts_with("OTLP JSON, document 1:") && error.contains("line 2"), "{error}");
    }
}
