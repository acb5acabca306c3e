"""Requests as hypothesis draws them: made with the official package, so that they are what an SDK makes."""

from typing import Any

from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

text = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(["GET", "http.method", "service.name"])
int64 = st.integers(-(1 << 63), (1 << 63) - 1)
time = st.integers(0, (1 << 64) - 1) | st.integers(1_700_000_000_000_000_000, 1_700_000_001_000_000_000)
uint32 = st.integers(0, (1 << 32) - 1)


def lists(elements: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(elements, max_size=most)


scalar = st.one_of(
    st.builds(AnyValue, string_value=text),
    st.builds(AnyValue, int_value=int64),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, double_value=st.floats()),
    st.builds(AnyValue, bytes_value=st.binary(max_size=20)),
    st.just(AnyValue()),
)


def nested(values: st.SearchStrategy[AnyValue]) -> st.SearchStrategy[AnyValue]:
    pair = st.builds(KeyValue, key=text, value=values)
    return st.one_of(
        st.builds(AnyValue, array_value=st.builds(ArrayValue, values=lists(values, 3))),
        st.builds(AnyValue, kvlist_value=st.builds(KeyValueList, values=lists(pair, 3))),
    )


value = st.recursive(scalar, nested, max_leaves=4)
attributes = lists(st.builds(KeyValue, key=text, value=value), 4)
event = st.builds(Span.Event, time_unix_nano=time, name=text, attributes=attributes, dropped_attributes_count=uint32)
link = st.builds(
    Span.Link, trace_id=st.binary(max_size=16), span_id=st.binary(max_size=8), trace_state=text, attributes=attributes
)
span = st.builds(
    Span,
    trace_id=st.sampled_from([bytes(16), b"\x01" * 16]) | st.binary(min_size=16, max_size=16),
    span_id=st.binary(max_size=9),
    parent_span_id=st.binary(max_size=9),
    trace_state=text,
    flags=uint32,
    name=text,
    kind=st.sampled_from(Span.SpanKind.values()),
    start_time_unix_nano=time,
    end_time_unix_nano=time,
    attributes=attributes,
    events=lists(event, 2),
    links=lists(link, 2),
    dropped_attributes_count=uint32,
    status=st.builds(Status, message=text, code=st.sampled_from(Status.StatusCode.values())),
)
scope = st.builds(ScopeSpans, spans=lists(span, 8), schema_url=text)
request = st.builds(ExportTraceServiceRequest, resource_spans=lists(st.builds(ResourceSpans, scope_spans=lists(scope, 2)), 2))
