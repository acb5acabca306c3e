"""TracezipSpanExporter in the SDK, against a real server: no span lost, none doubled, counted at the receiver."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
from receiver import Receiver
from tracezip.otel import TracezipSpanExporter, session


@contextmanager
def tracer(exporter: SpanExporter, batch: int = 0) -> Iterator[Any]:
    """A tracer that exports each span, or batches of so many."""
    provider = TracerProvider(shutdown_on_exit=False)
    if batch:
        processor: Any = BatchSpanProcessor(exporter, max_export_batch_size=batch, schedule_delay_millis=50)
    else:
        processor = SimpleSpanProcessor(exporter)
    provider.add_span_processor(processor)
    yield provider.get_tracer("test")
    provider.shutdown()


def make(tracer: Any, names: Iterator[int] | range) -> None:
    for name in names:
        with tracer.start_as_current_span(str(name)) as span:
            span.set_attribute("number", name)


def once(count: int) -> dict[str, int]:
    return {str(name): 1 for name in range(count)}


def test_a_server_that_knows_tracezip(receiver: Receiver) -> None:
    with tracer(TracezipSpanExporter(receiver.url)) as traces:
        make(traces, range(20))
    assert receiver.spans == once(20)
    assert receiver.requests == ["gzip"] + ["tracezip"] * 19
    assert receiver.headers[-1]["content-type"] == "application/x-protobuf"


REFUSALS = [
    ("old-400", b"unsupported Content-Encoding: tracezip\n"),
    ("old-400", b""),
    ("old-415", b""),
    ("old-500", b"proto: illegal wireType 7"),
]


@pytest.mark.parametrize(("server", "text"), REFUSALS)
def test_a_server_that_refuses_what_it_does_not_know(server: str, text: bytes, receiver: Receiver) -> None:
    receiver.behaves(server, text=text)
    with tracer(TracezipSpanExporter(receiver.url, mode="eager")) as traces:
        make(traces, range(20))
    assert receiver.spans == once(20)
    assert receiver.requests == ["tracezip"] + ["gzip"] * 20


def test_a_server_that_says_nothing(receiver: Receiver) -> None:
    receiver.behaves("silent")
    with tracer(TracezipSpanExporter(receiver.url)) as traces:
        make(traces, range(20))
    assert receiver.spans == once(20)
    assert set(receiver.requests) == {"gzip"}


@pytest.mark.parametrize(("server", "text"), REFUSALS)
def test_a_server_that_changes_its_mind(server: str, text: bytes, receiver: Receiver) -> None:
    """Under load: batches of a background thread, the server changes every few of them."""
    with tracer(TracezipSpanExporter(receiver.url), batch=8) as traces:
        for part in range(6):
            receiver.behaves(("knows", server)[part % 2], text=text)
            make(traces, range(part * 100, part * 100 + 100))
            time.sleep(0.06)
    assert receiver.spans == once(600)
    assert {"tracezip", "gzip"} == set(receiver.requests)


def test_a_server_that_is_down_for_a_while() -> None:
    """The stock exporter tries again after a second or so."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    receiver = Receiver()

    def come_up() -> None:
        time.sleep(0.4)
        with receiver.listening(port):
            finished.wait(20)

    finished = threading.Event()
    server = threading.Thread(target=come_up)
    server.start()
    with tracer(TracezipSpanExporter(f"http://127.0.0.1:{port}/v1/traces", mode="eager")) as traces:
        make(traces, range(3))
    finished.set()
    server.join()
    assert receiver.spans == once(3)
    assert set(receiver.requests) == {"tracezip"}


def test_a_server_that_stays_down_is_reported_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1/traces"
    start = time.monotonic()
    with tracer(TracezipSpanExporter(url, timeout=0.5)) as traces:
        make(traces, range(1))
    assert time.monotonic() - start < 3


def test_many_threads(receiver: Receiver) -> None:
    receiver.behaves("boasts")
    with tracer(TracezipSpanExporter(receiver.url)) as traces:
        threads = [threading.Thread(target=make, args=(traces, range(n * 50, n * 50 + 50))) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert receiver.spans == once(400)


def test_the_stock_exporter_with_the_credential_provider(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_TRACES_CREDENTIAL_PROVIDER", "tracezip")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", receiver.url)
    with tracer(OTLPSpanExporter()) as traces:
        make(traces, range(5))
    assert receiver.requests == ["gzip"] + ["tracezip"] * 4
    assert receiver.spans == once(5)


def test_our_exporter_with_a_credential_provider(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must be asked, and mounting Tracezip on what has it already must not code twice."""
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", "tracezip")
    with tracer(TracezipSpanExporter(receiver.url)) as traces:
        make(traces, range(3))
    assert receiver.spans == once(3)
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", "nobody")
    with pytest.raises(RuntimeError, match="nobody"):
        TracezipSpanExporter(receiver.url)


def test_the_environment_of_the_stock_exporter(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url.removesuffix("/v1/traces"))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=secret")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "3")
    with tracer(TracezipSpanExporter()) as traces:
        make(traces, range(2))
    assert receiver.requests == ["none", "tracezip"]
    assert [headers["api-key"] for headers in receiver.headers] == ["secret", "secret"]


def test_the_certificate_of_the_stock_exporter(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    own = session()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such/ca.pem")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/no/such/cert.pem")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/no/such/key.pem")
    TracezipSpanExporter(receiver.url, session=own)
    assert (own.verify, own.cert) == ("/no/such/ca.pem", ("/no/such/cert.pem", "/no/such/key.pem"))


def test_compression_is_the_fallback(receiver: Receiver) -> None:
    receiver.behaves("silent")
    with tracer(TracezipSpanExporter(receiver.url, compression=Compression.Deflate)) as traces:
        make(traces, range(2))
    assert receiver.requests == ["deflate", "deflate"]
    assert receiver.spans == once(2)


def test_metrics(receiver: Receiver) -> None:
    reader = InMemoryMetricReader()
    with MeterProviderOf(reader) as meters:
        exporter = TracezipSpanExporter(receiver.url, mode="eager", meter_provider=meters)
        with tracer(exporter) as traces:
            make(traces, range(1))
            receiver.behaves("old-415")
            make(traces, range(1, 2))
        points = read(reader)
    sent = [int(headers["content-length"]) for headers in receiver.headers]
    assert receiver.requests == ["tracezip", "tracezip", "gzip"]
    assert points["tracezip.bytes", "out", "tracezip"] == sent[0] + sent[1]
    assert points["tracezip.bytes", "out", "gzip"] == sent[2]
    assert points["tracezip.bytes", "in", "tracezip"] > points["tracezip.bytes", "in", "gzip"] > 0
    assert points["tracezip.time", "tracezip"] > 0
    assert points["tracezip.downgrades", "415"] == 1


class MeterProviderOf:
    """A provider that is shut down at the end of the block."""

    def __init__(self, reader: InMemoryMetricReader) -> None:
        self._provider = MeterProvider([reader])

    def __enter__(self) -> MeterProvider:
        return self._provider

    def __exit__(self, *_: object) -> None:
        self._provider.shutdown()


def read(reader: InMemoryMetricReader) -> dict[tuple[str, ...], float]:
    """Values by name and attributes, these in the order of their names backwards: direction before coding."""
    data = reader.get_metrics_data()
    assert data is not None
    metrics = [metric for group in data.resource_metrics for scope in group.scope_metrics for metric in scope.metrics]
    return {
        (metric.name, *(str(value) for _, value in sorted((point.attributes or {}).items(), reverse=True))): point.value
        for metric in metrics
        if metric.name.startswith("tracezip.")
        for point in metric.data.data_points
        if isinstance(point, NumberDataPoint)
    }


def test_our_session_is_a_requests_session() -> None:
    assert type(session()) is requests.Session
