"""Lossless compression of OpenTelemetry traces: serialized OTLP in, a frame out, and exactly the same bytes back.

>>> import tracezip
>>> otlp = bytes.fromhex("0a00")  # any bytes; best a serialized ExportTraceServiceRequest
>>> tracezip.decompress(tracezip.compress(otlp)) == otlp
True

All calls take any object with the buffer protocol (bytes, bytearray, memoryview, numpy arrays) without copying
it, and release the GIL. As with zlib, nobody may write to the buffer during the call.
"""

from tracezip._tracezip import (
    CompressionStats,
    Dictionary,
    TraceCompressor,
    TraceDecompressor,
    TracezipConfig,
    __version__,
    compress,
    decompress,
    decompressed_len,
    dictionary_of,
)
from tracezip.errors import (
    BufferTooSmallError,
    ChecksumError,
    CorruptError,
    InternalError,
    InvalidConfigError,
    LimitExceededError,
    NotOtlpError,
    NotTracezipError,
    OutOfSequenceError,
    TracezipError,
    TruncatedError,
    UnknownDictionaryError,
    UnsupportedVersionError,
)

__all__ = [
    "BufferTooSmallError",
    "ChecksumError",
    "CompressionStats",
    "CorruptError",
    "Dictionary",
    "InternalError",
    "InvalidConfigError",
    "LimitExceededError",
    "NotOtlpError",
    "NotTracezipError",
    "OutOfSequenceError",
    "TraceCompressor",
    "TraceDecompressor",
    "TracezipConfig",
    "TracezipError",
    "TruncatedError",
    "UnknownDictionaryError",
    "UnsupportedVersionError",
    "__version__",
    "compress",
    "decompress",
    "decompressed_len",
    "dictionary_of",
]
