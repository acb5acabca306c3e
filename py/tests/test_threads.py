"""Many threads: one-shot calls at once, one compressor by turns, and the GIL released."""

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import tracezip
from corpora import requests

LARGE = b"".join(requests("hipstershop"))
"""Requests in a row are a request."""


def test_one_shot_calls_at_once() -> None:
    batches = requests("smallreq")[:40]
    frames = [tracezip.compress(otlp) for otlp in batches]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert list(pool.map(tracezip.compress, batches)) == frames
            assert tuple(pool.map(tracezip.decompress, frames)) == batches


def test_one_compressor_of_all() -> None:
    """Frames come in some order; in that order they are a stream."""
    compressor, decompressor = tracezip.TraceCompressor(), tracezip.TraceDecompressor()
    batches = requests("smallreq")[:40]
    made: list[bytes] = []
    turn = threading.Lock()

    def work(otlp: bytes) -> None:
        with turn:
            made.append(compressor.compress(otlp))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, batches))
        list(pool.map(lambda _: compressor.stats(), range(100)))
    assert sorted(decompressor.decompress(frame) for frame in made) == sorted(batches)
    assert compressor.stats().frames == 40


def test_turns_without_a_lock_of_the_caller() -> None:
    compressor = tracezip.TraceCompressor()
    batches = requests("smallreq")[:40]
    with ThreadPoolExecutor(8) as pool:
        frames = list(pool.map(compressor.compress, batches))
    stats = compressor.stats()
    assert stats.frames == 40
    assert stats.original_size == sum(map(len, batches))
    assert stats.compressed_size == sum(map(len, frames))


def ticks_during(call: Callable[[], object]) -> int:
    """How often another thread had its turn while the call ran."""
    ticks, running = 0, True

    def tick() -> None:
        nonlocal ticks
        while running:
            ticks += 1
            time.sleep(0.0005)

    ticker = threading.Thread(target=tick)
    ticker.start()
    before = ticks
    call()
    during = ticks - before
    running = False
    ticker.join()
    return during


def test_the_gil_is_released() -> None:
    # Nobody gets a turn by waiting: only who releases the GIL gives one.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        frame = tracezip.compress(LARGE)
        assert ticks_during(lambda: sum(range(3_000_000))) <= 1
        assert ticks_during(lambda: tracezip.compress(LARGE)) > 3
        assert ticks_during(lambda: tracezip.decompress(frame)) > 3
        assert ticks_during(lambda: tracezip.TraceCompressor().compress(LARGE)) > 3
        assert ticks_during(lambda: tracezip.TraceDecompressor().decompress(frame)) > 3
    finally:
        sys.setswitchinterval(interval)
