"""Exactly the bytes that went in: of any input, of generated requests, of real ones; with the official package as the
judge of what they mean."""

import pytest
import tracezip
from corpora import NAMES, requests
from generate import request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

levels = st.sampled_from([1, 3, 9])
slow = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@given(st.binary(max_size=2000), levels)
@settings(deadline=None)
def test_any_bytes(data: bytes, level: int) -> None:
    frame = tracezip.compress(data, level=level)
    assert tracezip.decompress(frame) == data
    assert len(frame) <= len(data) + 16
    assert frame[0] & 7 == 7
    assert frame == tracezip.compress(data, level=level)


@given(request, levels)
@slow
def test_generated_requests(request: ExportTraceServiceRequest, level: int) -> None:
    otlp = request.SerializeToString()
    back = tracezip.decompress(tracezip.compress(otlp, level=level))
    assert back == otlp
    assert ExportTraceServiceRequest.FromString(back) == request or "nan" in str(request)


@given(st.lists(request | st.binary(max_size=100), max_size=5), levels)
@slow
def test_streams(batches: list[ExportTraceServiceRequest | bytes], level: int) -> None:
    compressor = tracezip.TraceCompressor(tracezip.TracezipConfig(level=level, min_batch_size=1))
    decompressor = tracezip.TraceDecompressor()
    for batch in batches:
        otlp = batch if isinstance(batch, bytes) else batch.SerializeToString()
        assert decompressor.decompress(compressor.compress(otlp)) == otlp
    assert compressor.stats().frames == len(batches)


@given(request, st.data())
@slow
def test_damage_is_an_error_or_harmless(request: ExportTraceServiceRequest, data: st.DataObject) -> None:
    otlp = request.SerializeToString()
    frame = bytearray(tracezip.compress(otlp))
    at = data.draw(st.integers(0, len(frame) - 1))
    frame[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(tracezip.TracezipError):
        assert tracezip.decompress(frame) != otlp


@pytest.mark.parametrize("name", NAMES)
def test_real_requests(name: str) -> None:
    compressor, decompressor = tracezip.TraceCompressor(), tracezip.TraceDecompressor()
    spans = 0
    for otlp in requests(name)[:20]:
        frame = tracezip.compress(otlp)
        back = tracezip.decompress(frame)
        assert back == otlp == decompressor.decompress(compressor.compress(otlp))
        assert len(frame) < len(otlp) / 2
        # What the decoder gives is a request to the official package, and the same one; the two shapes are one.
        parsed = ExportTraceServiceRequest.FromString(back)
        assert TracesData.FromString(back).resource_spans == parsed.resource_spans
        spans += sum(len(scope.spans) for group in parsed.resource_spans for scope in group.scope_spans)
    assert compressor.stats().span_count == spans
