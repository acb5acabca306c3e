"""The interface: buffers, settings, statistics, errors, streams."""

import array
import copy
import pickle
import subprocess
import sys
import tracemalloc
from typing import Any

import pytest
import tracezip
from tracezip import _tracezip, errors

OTLP = bytes.fromhex("0a00") * 100


def spans(count: int) -> bytes:
    """A request with so many spans."""
    span = b"\x2a\x05hello"
    scope = b"".join(b"\x12" + bytes([len(span)]) + span for _ in range(count))
    resource = b"\x12" + varint(len(scope)) + scope
    return b"\x0a" + varint(len(resource)) + resource


def varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def numpy_like() -> memoryview:
    return memoryview(OTLP).cast("B", (10, 20))


BUFFERS = [
    OTLP,
    bytearray(OTLP),
    memoryview(OTLP),
    memoryview(b"x" + OTLP)[1:],
    numpy_like(),
    array.array("H", OTLP),
    memoryview(array.array("d", OTLP)),
]


@pytest.mark.parametrize("buffer", BUFFERS, ids=lambda buffer: type(buffer).__name__)
def test_any_buffer(buffer: Any) -> None:
    frame = tracezip.compress(buffer)
    assert tracezip.decompress(frame) == OTLP
    assert tracezip.decompress(bytearray(frame)) == OTLP
    assert tracezip.TraceDecompressor().decompress(memoryview(tracezip.TraceCompressor().compress(buffer))) == OTLP


def test_empty_buffers() -> None:
    for empty in (b"", bytearray(), memoryview(b""), array.array("d")):
        assert tracezip.decompress(tracezip.compress(empty)) == b""


def test_no_bytes_are_made_of_the_input() -> None:
    large = bytearray(4 << 20)
    tracemalloc.start()
    tracezip.compress(large)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


def test_what_is_no_buffer() -> None:
    for call in (tracezip.compress, tracezip.decompress, tracezip.TraceCompressor().compress):
        with pytest.raises(TypeError, match="'str'"):
            call("text")  # type: ignore[arg-type]
    with pytest.raises(BufferError, match="contiguous"):
        tracezip.compress(memoryview(OTLP)[::2])


def test_a_buffer_is_released_after_the_call() -> None:
    data = bytearray(OTLP)
    tracezip.compress(data)
    data += b"more"  # a BufferError if it were still in use
    with pytest.raises(tracezip.NotTracezipError):
        tracezip.decompress(data)
    data += b"more"


def test_levels() -> None:
    assert len({tracezip.compress(spans(300), level=level) for level in range(1, 10)}) > 1
    for level in (0, 10, -1, 256, 1 << 40):
        with pytest.raises(tracezip.InvalidConfigError, match="level"):
            tracezip.compress(OTLP, level=level)


def test_max_size() -> None:
    frame = tracezip.compress(OTLP)
    assert tracezip.decompress(frame, max_size=len(OTLP)) == OTLP
    with pytest.raises(tracezip.LimitExceededError, match="max_decoded_bytes"):
        tracezip.decompress(frame, max_size=199)
    with pytest.raises(tracezip.LimitExceededError, match="max_decoded_bytes"):
        tracezip.TraceDecompressor(max_size=199).decompress(frame)


def test_errors_say_what_and_where() -> None:
    with pytest.raises(tracezip.TracezipError) as raised:
        tracezip.decompress(tracezip.compress(spans(50))[:-3])
    error = raised.value
    assert (error.code, error.stage) == (3, "body")
    assert error.offset >= 0
    assert str(error).startswith("the frame is cut short: ")
    assert repr(error).startswith("TruncatedError('the frame is cut short")


def test_errors_can_be_pickled() -> None:
    with pytest.raises(tracezip.TracezipError) as raised:
        tracezip.decompress(OTLP)
    again = pickle.loads(pickle.dumps(raised.value))
    assert type(again) is tracezip.NotTracezipError
    assert (str(again), again.stage, again.offset) == (str(raised.value), "header", 0)


def test_every_kind_of_the_core_has_its_class() -> None:
    kinds = {code: f"{name}Error" for code, name, _ in _tracezip.error_kinds()}
    classes = {code: kind.__name__ for code, kind in errors.BY_CODE.items()}
    assert classes == {**kinds, 101: "InternalError"}
    assert all(issubclass(kind, tracezip.TracezipError) for kind in errors.BY_CODE.values())
    assert all(kind.__name__ in tracezip.__all__ for kind in errors.BY_CODE.values())


def test_config_defaults_and_repr() -> None:
    config = tracezip.TracezipConfig()
    assert repr(config) == (
        "TracezipConfig(enabled=True, min_batch_size=10, max_string_table_size=10000, enable_delta_encoding=True, "
        "enable_dedup=True, level=3, max_state_bytes=8388608, predict_ids=True, dictionary=None)"
    )
    assert eval(repr(config), vars(tracezip).copy()) == config
    assert config.as_dict() == {name: getattr(config, name) for name in config.as_dict()}


CHANGED: dict[str, Any] = {
    "enabled": False,
    "min_batch_size": 1,
    "max_string_table_size": 16,
    "enable_delta_encoding": False,
    "enable_dedup": False,
    "level": 9,
    "max_state_bytes": 1 << 20,
    "predict_ids": False,
}


@pytest.mark.parametrize("name", CHANGED)
def test_every_setting(name: str) -> None:
    config = tracezip.TracezipConfig(**{name: CHANGED[name]})
    assert getattr(config, name) == CHANGED[name]
    assert config != tracezip.TracezipConfig()
    assert hash(config) != hash(tracezip.TracezipConfig())
    assert config == tracezip.TracezipConfig().replace(**{name: CHANGED[name]})
    assert tracezip.TraceCompressor(config).config == config
    with pytest.raises(AttributeError):
        setattr(config, name, CHANGED[name])


def test_config_is_pickled_copied_and_a_key() -> None:
    config = tracezip.TracezipConfig(**CHANGED)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(config, protocol)) == config
    assert copy.deepcopy(config) == config
    assert {config: 1}[tracezip.TracezipConfig(**CHANGED)] == 1


@pytest.mark.parametrize(
    "wrong", [{"level": 0}, {"level": 300}, {"min_batch_size": -1}, {"max_string_table_size": 15}, {"max_state_bytes": 1}]
)
def test_a_wrong_setting_is_named(wrong: dict[str, int]) -> None:
    for error in (tracezip.InvalidConfigError, ValueError):
        with pytest.raises(error, match=next(iter(wrong))):
            tracezip.TracezipConfig(**wrong)  # type: ignore[arg-type]


def test_settings_are_keywords() -> None:
    with pytest.raises(TypeError):
        tracezip.TracezipConfig(True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="levl"):
        tracezip.TracezipConfig(levl=3)  # type: ignore[call-arg]


def test_a_stream_reset_and_its_errors() -> None:
    compressor, decompressor = tracezip.TraceCompressor(), tracezip.TraceDecompressor()
    first, second, third = (compressor.compress(spans(50)) for _ in range(3))
    assert len(second) < len(first)
    assert decompressor.decompress(first) == spans(50)
    with pytest.raises(tracezip.OutOfSequenceError):
        decompressor.decompress(third)
    with pytest.raises(tracezip.OutOfSequenceError):
        decompressor.decompress(second)
    compressor.reset()
    assert decompressor.decompress(compressor.compress(spans(50))) == spans(50)
    decompressor.reset()
    with pytest.raises(tracezip.OutOfSequenceError):
        decompressor.decompress(compressor.compress(spans(50)))
    assert compressor.state_bytes > 0


def test_the_decompressor_takes_what_was_never_compressed() -> None:
    assert tracezip.TraceDecompressor().decompress(spans(3)) == spans(3)


def test_limits_of_a_decompressor() -> None:
    assert tracezip.TraceDecompressor().max_size == 64 << 20
    assert tracezip.TraceDecompressor(max_state_bytes=1 << 20).max_state_bytes == 1 << 20
    frame = tracezip.TraceCompressor(tracezip.TracezipConfig(max_state_bytes=4 << 20)).compress(spans(50))
    with pytest.raises(tracezip.LimitExceededError):
        tracezip.TraceDecompressor(max_state_bytes=1 << 20).decompress(frame)


def test_stats() -> None:
    compressor = tracezip.TraceCompressor()
    empty = compressor.stats()
    assert (empty.frames, empty.compression_ratio, empty.compression_percentage()) == (0, 1.0, 0.0)
    small = compressor.compress(spans(1))
    assert compressor.stats().last_frame_stored
    frame = compressor.compress(spans(100))
    stats = compressor.stats()
    assert (stats.frames, stats.stored_frames, stats.last_frame_stored) == (2, 1, False)
    assert stats.original_size == len(spans(1)) + len(spans(100))
    assert stats.compressed_size == len(small) + len(frame)
    assert stats.span_count == 101
    assert stats.compression_ratio == stats.original_size / stats.compressed_size
    assert stats.compression_percentage() == pytest.approx(100 - 100 / stats.compression_ratio)
    assert stats.as_dict() == {name: getattr(stats, name) for name in stats.as_dict()}
    assert repr(stats).startswith("CompressionStats(original_size=")
    assert stats == compressor.stats() != empty
    compressor.reset_stats()
    assert compressor.stats() == empty


def test_metering_tells_what_the_bytes_describe() -> None:
    for metering in (False, True):
        compressor = tracezip.TraceCompressor(metering=metering)
        compressor.compress(spans(100))
        stats = compressor.stats()
        columns = [value for name, value in stats.as_dict().items() if name.endswith("_bytes")]
        assert len(columns) == 5
        assert sum(columns) == pytest.approx(stats.compressed_size)
        assert (stats.strings_bytes > 0) == metering


def test_disabled_means_stored() -> None:
    compressor = tracezip.TraceCompressor(tracezip.TracezipConfig(enabled=False))
    frame = compressor.compress(spans(100))
    assert compressor.stats().last_frame_stored
    assert frame.endswith(spans(100))
    assert tracezip.decompress(frame) == spans(100)


def test_import_loads_nothing_else() -> None:
    """Which is why it takes 2 ms; the bar is 20."""
    code = "import sys; before = set(sys.modules); import tracezip; print(*set(sys.modules) - before)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert sorted(loaded) == ["tracezip", "tracezip._tracezip", "tracezip.errors"]
