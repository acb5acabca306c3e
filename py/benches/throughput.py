"""Throughput of tracezip, gzip, zlib and zstandard over the samples of real traces, request by request, in one run.

    python py/benches/throughput.py [PASSES]

CPU time of one thread, the best of several passes in which the codecs take turns; every byte is checked.
"""

import gzip
import math
import struct
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import tracezip
import zstandard

CORPORA = Path(__file__).resolve().parents[2] / "tests" / "corpora"
Code = Callable[[bytes], bytes]


class Codec(NamedTuple):
    """A peer."""

    name: str
    compress: Code
    decompress: Code


def tracezip_at(level: int) -> Codec:
    """Frames that stand alone."""
    return Codec(f"tracezip -{level}", lambda otlp: tracezip.compress(otlp, level=level), tracezip.decompress)


def zstandard_at(level: int) -> Codec:
    """A context that is kept, as its documentation advises."""
    return Codec(
        f"zstandard -{level}",
        zstandard.ZstdCompressor(level=level).compress,
        zstandard.ZstdDecompressor().decompress,
    )


CODECS = [
    tracezip_at(1),
    tracezip_at(3),
    Codec("gzip -6", lambda otlp: gzip.compress(otlp, 6), gzip.decompress),
    Codec("zlib -6", lambda otlp: zlib.compress(otlp, 6), zlib.decompress),
    zstandard_at(1),
    zstandard_at(3),
]


def requests(path: Path) -> list[bytes]:
    """Each request stands behind its length in 4 bytes, big-endian."""
    content = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()
    found, at = [], 0
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        found.append(content[at + 4 : at + 4 + length])
        at += 4 + length
    return found


def timed(code: Code, inputs: list[bytes]) -> tuple[float, list[bytes]]:
    """CPU seconds, and what came out."""
    start = time.thread_time()
    outputs = [code(data) for data in inputs]
    return time.thread_time() - start, outputs


class Result(NamedTuple):
    """Of one codec on one sample."""

    ratio: float
    compress: float
    decompress: float


def measure(batches: list[bytes], passes: int, codecs: list[Codec]) -> dict[str, Result]:
    """MB of OTLP per second."""
    raw = sum(map(len, batches))
    best = {codec.name: Result(0, 0, 0) for codec in codecs}
    for _ in range(passes):
        for codec in codecs:
            there, frames = timed(codec.compress, batches)
            back, outputs = timed(codec.decompress, frames)
            assert outputs == batches
            known = best[codec.name]
            best[codec.name] = Result(
                raw / sum(map(len, frames)),
                max(known.compress, raw / there / 1e6),
                max(known.decompress, raw / back / 1e6),
            )
    return best


def main(passes: int) -> None:
    """A table in Markdown: geometric means over the samples."""
    results = [measure(requests(path), passes, CODECS) for path in sorted(CORPORA.glob("*.otlp.zst"))]
    print("| | ratio | compress, MB/s | decompress, MB/s |\n| --- | ---: | ---: | ---: |")
    for codec in CODECS:
        of_codec = [result[codec.name] for result in results]
        means = [math.exp(sum(map(math.log, column)) / len(of_codec)) for column in zip(*of_codec, strict=True)]
        print(f"| {codec.name} | {means[0]:.2f} | {means[1]:.0f} | {means[2]:.0f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 3)
