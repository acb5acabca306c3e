"""Dictionaries: frames that stand alone for those who hold one."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
import tracezip
from corpora import requests
from hypothesis import given, settings
from hypothesis import strategies as st

REQUESTS = requests("smallreq")
SAMPLES, REST = REQUESTS[: len(REQUESTS) // 2], REQUESTS[len(REQUESTS) // 2 :][:50]
DICTIONARY = tracezip.Dictionary.train(SAMPLES, 32_768)


def test_small_requests_come_to_half() -> None:
    plain = sum(len(tracezip.compress(otlp)) for otlp in REST)
    small = 0
    for otlp in REST:
        frame = tracezip.compress(otlp, dictionary=DICTIONARY)
        assert tracezip.decompress(frame, dictionary=DICTIONARY) == otlp
        small += len(frame)
    assert small * 2 < plain


def test_without_it_the_error_names_it() -> None:
    frame = tracezip.compress(REST[0], dictionary=DICTIONARY)
    assert tracezip.dictionary_of(frame) == DICTIONARY.id & 0xFFFFFFFF
    assert tracezip.dictionary_of(tracezip.compress(REST[0])) is None
    with pytest.raises(tracezip.UnknownDictionaryError, match=f"{DICTIONARY.id:016x}"[8:]) as raised:
        tracezip.decompress(frame)
    assert raised.value.code == 11
    with pytest.raises(tracezip.UnknownDictionaryError):
        tracezip.TraceDecompressor().decompress(frame)


def test_it_is_bytes_that_can_be_kept() -> None:
    again = tracezip.Dictionary(bytes(DICTIONARY))
    assert again == DICTIONARY and hash(again) == hash(DICTIONARY) and again.id == DICTIONARY.id
    assert len(DICTIONARY) == len(bytes(DICTIONARY)) <= 32_768
    assert f"{DICTIONARY.id:016x}" in repr(DICTIONARY)
    assert pickle.loads(pickle.dumps(DICTIONARY)) == copy.copy(DICTIONARY) == DICTIONARY
    assert tracezip.Dictionary.train(iter(SAMPLES), max_bytes=32_768) == DICTIONARY
    assert tracezip.Dictionary.train(SAMPLES, 8192) != DICTIONARY


def test_settings_have_it() -> None:
    config = tracezip.TracezipConfig(level=9, dictionary=DICTIONARY)
    assert config.dictionary == DICTIONARY and tracezip.TracezipConfig().dictionary is None
    assert pickle.loads(pickle.dumps(config)) == config != tracezip.TracezipConfig(level=9)
    assert "Dictionary" in repr(config) and config.replace(dictionary=None) == tracezip.TracezipConfig(level=9)
    compressor = tracezip.TraceCompressor(config)
    decompressor = tracezip.TraceDecompressor(dictionaries=[DICTIONARY])
    for otlp in REST[:5]:
        assert decompressor.decompress(compressor.compress(otlp)) == otlp


def test_what_is_no_dictionary() -> None:
    with pytest.raises(tracezip.NotTracezipError):
        tracezip.Dictionary(b"plain text")
    with pytest.raises(tracezip.CorruptError, match="stands alone"):
        tracezip.Dictionary(tracezip.compress(b"{}"))
    with pytest.raises(tracezip.TruncatedError):
        tracezip.Dictionary(bytes(DICTIONARY)[:-1])
    with pytest.raises(tracezip.NotOtlpError):
        tracezip.Dictionary.train([b"plain text"])
    with pytest.raises(tracezip.NotOtlpError):
        tracezip.Dictionary.train([])
    with pytest.raises(tracezip.InvalidConfigError, match="4096"):
        tracezip.Dictionary.train(SAMPLES, 100)
    with pytest.raises(TypeError):
        tracezip.Dictionary.train(["text"])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        tracezip.compress(b"", dictionary=bytes(DICTIONARY))  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(1, 9))
def test_anything_comes_back(data: bytes, level: int) -> None:
    frame = tracezip.compress(data, level=level, dictionary=DICTIONARY)
    assert len(frame) <= len(data) + 16
    assert tracezip.decompress(frame, dictionary=DICTIONARY) == data


def test_threads_share_it() -> None:
    fresh = tracezip.Dictionary(bytes(DICTIONARY))

    def there_and_back(otlp: bytes) -> bool:
        return tracezip.decompress(tracezip.compress(otlp, dictionary=fresh), dictionary=fresh) == otlp

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(there_and_back, REST * 4))
