"""Reads files of traces and prints what Tracezip saves on them, beside gzip.

    python savings.py traces.otlp.zst

A file holds requests, each behind its length in 4 bytes, big-endian, as the Collector's file exporter writes them
with `format: proto`; packed with gzip or, if the package zstandard is there, with zstd.
"""

import gzip
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import tracezip


def unpacked(path: Path) -> bytes:
    """The content of a file, by its first bytes."""
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    if content.startswith(b"\x28\xb5\x2f\xfd"):
        import zstandard

        return zstandard.ZstdDecompressor().stream_reader(content).read()
    return content


def requests(content: bytes) -> Iterator[bytes]:
    """The requests of a file."""
    at = 0
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        yield content[at + 4 : at + 4 + length]
        at += 4 + length


def main(paths: list[str]) -> None:
    """A line for each file."""
    print(f"{'file':24} {'spans':>8} {'raw':>12} {'gzip':>10} {'tracezip':>10} {'stream':>10}")
    for path in map(Path, paths):
        raw = gzipped = alone = 0
        stream, reader = tracezip.TraceCompressor(), tracezip.TraceDecompressor()
        for otlp in requests(unpacked(path)):
            frame = tracezip.compress(otlp)  # stands alone, as on the wire
            assert tracezip.decompress(frame) == otlp
            assert reader.decompress(stream.compress(otlp)) == otlp  # every batch helps the next, as in a file
            raw += len(otlp)
            gzipped += len(gzip.compress(otlp, 6))
            alone += len(frame)
        stats = stream.stats()
        print(
            f"{path.name.split('.')[0]:24} {stats.span_count:8,} {raw:12,} {gzipped:10,} {alone:10,} "
            f"{stats.compressed_size:10,}  saves {stats.compression_percentage():.1f} %"
        )


if __name__ == "__main__":
    main(sys.argv[1:] or sys.exit(__doc__))
