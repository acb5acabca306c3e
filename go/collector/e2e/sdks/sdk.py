"""Makes spans, and sends each to two receivers: with Tracezip to the first, with the stock exporter to the second.

python sdk.py http://agent/v1/traces http://control/v1/traces 1000
"""

import sys

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from tracezip.otel import TracezipSpanExporter

AGENT, CONTROL, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
BATCH, PATIENCE = 100, 120_000

provider = TracerProvider(resource=Resource.create({"service.name": "shop", "service.version": "1.2.3", "process.pid": 4711}))
for exporter in (TracezipSpanExporter(AGENT), OTLPSpanExporter(CONTROL)):
    provider.add_span_processor(BatchSpanProcessor(exporter))
tracer = provider.get_tracer("shop.cart", "0.9")
elsewhere = SpanContext(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, is_remote=True, trace_flags=TraceFlags(1))


def order(number: int) -> None:
    """Three spans."""
    with tracer.start_as_current_span("GET /cart", kind=SpanKind.SERVER, links=[Link(elsewhere, {"why": "retry"})]) as server:
        server.set_attributes({"http.status_code": 200, "user": f"anna-{number % 7}", "ratio": number / 3, "vip": number % 2 == 0})
        with tracer.start_as_current_span("SELECT carts", kind=SpanKind.CLIENT) as client:
            client.set_attributes({"db.rows": [number, 2, 3], "db.statement": "SELECT * FROM carts WHERE user = ?", "größe": "µ"})
            client.add_event("fetched", {"rows": number})
        with tracer.start_as_current_span("render") as internal:
            if number % 10 == 0:
                internal.record_exception(ValueError(f"no template for {number}"))
                internal.set_status(Status(StatusCode.ERROR, "no template"))


for number in range(COUNT // 3):
    order(number)
    if number % (BATCH // 3) == 0:
        assert provider.force_flush(PATIENCE)
assert provider.force_flush(PATIENCE)
provider.shutdown()
