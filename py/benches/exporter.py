"""CPU of exporting per 1,000 spans: the stock OTLP/HTTP exporter plain and with gzip, and ours, in one run.

    python py/benches/exporter.py [PASSES]

The spans are those of a real shop in Python, in batches of 512, to a server in another process that reads and forgets.
CPU time, the best of several passes in which the exporters take turns. What compression alone costs is measured on the
bodies of the plain exporter: gzip as the stock exporter calls it, and Tracezip as ours does. Last, the time of
`import tracezip`.
"""

import gzip
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from multiprocessing.connection import Connection
from typing import Any

import requests
import tracezip
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind
from throughput import CORPORA, timed
from throughput import requests as read
from tracezip.otel import TracezipSpanExporter

BATCH = 512


def value(any_value: AnyValue) -> Any:
    """As a Python value; arrays as tuples."""
    kind = any_value.WhichOneof("value")
    if kind == "array_value":
        return tuple(map(value, any_value.array_value.values))
    return getattr(any_value, kind) if kind else ""


def attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    """As a dictionary."""
    return {pair.key: value(pair.value) for pair in pairs}


def read_spans() -> list[ReadableSpan]:
    """The spans of the sample, as the SDK hands them to an exporter."""
    spans = []
    for otlp in read(CORPORA / "python_shop.otlp.zst"):
        for group in ExportTraceServiceRequest.FromString(otlp).resource_spans:
            resource = Resource(attributes(group.resource.attributes))
            for scope in group.scope_spans:
                of = InstrumentationScope(scope.scope.name, scope.scope.version)
                spans += [readable(span, resource, of) for span in scope.spans]
    return spans


def readable(span: Any, resource: Resource, scope: InstrumentationScope) -> ReadableSpan:
    """One span."""

    def context(span_id: bytes) -> SpanContext:
        return SpanContext(int.from_bytes(span.trace_id), int.from_bytes(span_id), is_remote=False)

    return ReadableSpan(
        span.name,
        context(span.span_id),
        context(span.parent_span_id) if span.parent_span_id else None,
        resource,
        attributes(span.attributes),
        [Event(event.name, attributes(event.attributes), event.time_unix_nano) for event in span.events],
        kind=SpanKind(max(span.kind - 1, 0)),
        start_time=span.start_time_unix_nano,
        end_time=span.end_time_unix_nano,
        instrumentation_scope=scope,
    )


def serve(port: Connection) -> None:
    """Reads, forgets, advertises."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nAccept-Encoding: tracezip, gzip\r\n\r\n")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.send(server.server_port)
    server.serve_forever()


def cpu(exporter: SpanExporter, spans: list[ReadableSpan]) -> float:
    """Milliseconds of CPU per 1,000 spans."""
    start = time.process_time()
    for at in range(0, len(spans), BATCH):
        assert exporter.export(spans[at : at + BATCH]) is SpanExportResult.SUCCESS
    return (time.process_time() - start) * 1e6 / len(spans)


class Recorder(requests.Session):
    """Keeps the bodies of requests."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[bytes] = []

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        """Sends it."""
        assert isinstance(request.body, bytes)
        self.bodies.append(request.body)
        return super().send(request, **more)


def stock_gzip(otlp: bytes) -> bytes:
    """As the stock exporter compresses, at the default level, which is 9."""
    buffer = BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="w") as file:
        file.write(otlp)
    return buffer.getvalue()


def compression(url: str, spans: list[ReadableSpan], passes: int) -> dict[str, float]:
    """Milliseconds of CPU per 1,000 spans."""
    recorder = Recorder()
    cpu(OTLPSpanExporter(url, session=recorder), spans)
    codes: dict[str, Callable[[bytes], bytes]] = {"stock, gzip": stock_gzip, "TracezipSpanExporter": tracezip.compress}
    best = dict.fromkeys(codes, float("inf"))
    for _ in range(10 * passes):
        for name, code in codes.items():
            best[name] = min(best[name], timed(code, recorder.bodies)[0] * 1e6 / len(spans))
    return best


def import_time() -> float:
    """Milliseconds of `import tracezip` in a new process, the best of 20."""
    code = "import time; start = time.perf_counter(); import tracezip; print(time.perf_counter() - start)"
    return min(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(20)) * 1e3


def main(passes: int) -> None:
    """A table in Markdown."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{ours.recv()}/v1/traces"
    exporters: dict[str, SpanExporter] = {
        "stock, plain": OTLPSpanExporter(url),
        "stock, gzip": OTLPSpanExporter(url, compression=Compression.Gzip),
        "TracezipSpanExporter": TracezipSpanExporter(url),
    }
    spans = read_spans()
    passed = [{name: cpu(exporter, spans) for name, exporter in exporters.items()} for _ in range(passes)]
    best = {name: min(one[name] for one in passed) for name in exporters}
    alone = {"stock, plain": 0.0, **compression(url, spans, passes)}
    print("| exporter | CPU, ms per 1,000 spans | compression alone | of gzip's |\n| --- | ---: | ---: | ---: |")
    for name, took in best.items():
        print(f"| {name} | {took:.1f} | {alone[name]:.2f} | {alone[name] / alone['stock, gzip']:.2f} |")
    print(f"\nimport tracezip: {import_time():.1f} ms")
    server.terminate()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 7)
