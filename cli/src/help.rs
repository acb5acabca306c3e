//! What `--help` says beside the options.

use crate::exit::EXIT_CODES;

/// The first thing to try.
pub(crate) const EXAMPLES: &str = "\
Examples:
  tracezip bench traces.otlp.zst                compare with gzip and zstd
  tracezip compress traces.otlp -o traces.tz    compress a file
  tracezip decompress traces.tz | reader        and get its bytes back
  tracezip inspect traces.tz                    see where the bytes are
  tracezip stats day/*.tz                       and what every key costs
  tracezip train traces.otlp -o shop.dict       make a dictionary for small batches";

const INPUTS: &str = "\
Inputs, told by their content and not by their name:
  OTLP protobuf   one serialized ExportTraceServiceRequest
  with lengths    such messages, each behind its length in 4 bytes, big-endian:
                  what the Collector's file exporter writes with `format: proto`
  OTLP JSON       a document a line, or over several lines
  .zst, .gz       any of these, compressed";

/// The end of `--help`.
pub(crate) fn long() -> String {
    [EXAMPLES, INPUTS, EXIT_CODES].join("\n\n")
}
