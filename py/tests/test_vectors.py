"""tests/vectors: what every language reads."""

import json
from pathlib import Path
from typing import Any

import pytest
import tracezip
from paths import VECTORS
from tracezip import errors

MANIFEST: dict[str, Any] = json.loads((VECTORS / "manifest.json").read_text())


def read(name: str) -> bytes:
    return Path(VECTORS, name).read_bytes()


def named(vector: dict[str, Any]) -> str:
    return f"{vector['name']}-{vector.get('level', '')}"


@pytest.mark.parametrize("vector", MANIFEST["valid"], ids=named)
def test_valid(vector: dict[str, Any]) -> None:
    otlp, frame = read(vector["input"]), read(vector["frame"])
    assert tracezip.compress(otlp, level=vector["level"]) == frame
    assert tracezip.decompress(frame) == otlp
    assert tracezip.decompressed_len(frame) == len(otlp)
    assert tracezip.TraceDecompressor().decompress(frame) == otlp


@pytest.mark.parametrize("vector", MANIFEST["streams"], ids=named)
def test_stream(vector: dict[str, Any]) -> None:
    config = tracezip.TracezipConfig(level=vector["level"], min_batch_size=0)
    compressor, decompressor = tracezip.TraceCompressor(config), tracezip.TraceDecompressor()
    for step in vector["steps"]:
        otlp, frame = read(step["input"]), read(step["frame"])
        assert compressor.compress(otlp) == frame
        assert decompressor.decompress(frame) == otlp


@pytest.mark.parametrize("vector", MANIFEST["sequences"], ids=named)
def test_sequence(vector: dict[str, Any]) -> None:
    decompressor = tracezip.TraceDecompressor()
    for step in vector["steps"]:
        frame = read(step["frame"])
        if "input" in step:
            assert decompressor.decompress(frame) == read(step["input"])
            continue
        with pytest.raises(errors.BY_CODE[step["code"]]):
            decompressor.decompress(frame)


@pytest.mark.parametrize("vector", MANIFEST["dictionaries"], ids=named)
def test_dictionary(vector: dict[str, Any]) -> None:
    dictionary = tracezip.Dictionary(read(vector["dictionary"]))
    assert f"{dictionary.id:016x}" == vector["id"]
    decompressor = tracezip.TraceDecompressor(dictionaries=[dictionary])
    for step in vector["frames"]:
        otlp, frame = read(step["input"]), read(step["frame"])
        assert tracezip.compress(otlp, level=step["level"], dictionary=dictionary) == frame
        assert tracezip.decompress(frame, dictionary=dictionary) == otlp
        assert decompressor.decompress(frame) == otlp


@pytest.mark.parametrize("vector", MANIFEST["damaged"], ids=named)
def test_damaged(vector: dict[str, Any]) -> None:
    with pytest.raises(errors.BY_CODE[vector["code"]]) as raised:
        tracezip.decompress(read(vector["frame"]))
    assert type(raised.value).__name__ == f"{vector['error']}Error"
    assert raised.value.code == vector["code"]
