"""No growth over 10,000 calls, of success and of failure."""

import gc
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
import tracezip
from test_core import spans

STATM = Path("/proc/self/statm")
pytestmark = pytest.mark.skipif(not STATM.exists(), reason="needs /proc/self/statm, as Linux has it")

OTLP = spans(12)
FRAME = tracezip.compress(OTLP)
DICTIONARY = tracezip.Dictionary(tracezip.compress(spans(40)))
COMPRESSOR = tracezip.TraceCompressor()
CALLS = 10_000
MOST = 1 << 20
"""Bytes of growth that are noise: a leak of the smallest object here, an error, would be above 2 MB."""


def fail() -> None:
    with pytest.raises(tracezip.TracezipError):
        tracezip.decompress(OTLP)


def from_scratch() -> None:
    tracezip.TraceCompressor(tracezip.TracezipConfig(level=3)).stats().as_dict()


def stream() -> None:
    COMPRESSOR.compress(OTLP)


def small() -> None:
    tracezip.decompress(tracezip.compress(OTLP, dictionary=DICTIONARY), dictionary=DICTIONARY)


KINDS: list[Callable[[], object]] = [
    lambda: tracezip.compress(OTLP),
    lambda: tracezip.decompress(FRAME),
    lambda: tracezip.compress(memoryview(OTLP)),
    fail,
    stream,
    small,
]


def resident() -> int:
    gc.collect()
    return int(STATM.read_text().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("call", KINDS, ids=["compress", "decompress", "memoryview", "error", "stream", "dictionary"])
def test_no_growth(call: Callable[[], object]) -> None:
    for _ in range(CALLS // 2):
        call()
    before = resident()
    for _ in range(CALLS):
        call()
    assert resident() - before < MOST


def test_no_growth_of_objects() -> None:
    for _ in range(200):
        from_scratch()
    before = resident()
    for _ in range(500):
        from_scratch()
    assert resident() - before < MOST
