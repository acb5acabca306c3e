"""Tracezip for the OpenTelemetry SDK: the stock OTLP/HTTP exporter, with Tracezip on the wire.

Without a line of code:  OTEL_TRACES_EXPORTER=tracezip opentelemetry-instrument python app.py
With one:                BatchSpanProcessor(TracezipSpanExporter())

Needs `pip install 'tracezip[otel]'`.
"""

try:
    from tracezip.otel.adapter import mount, session
    from tracezip.otel.exporter import TracezipSpanExporter
except ModuleNotFoundError as error:
    if error.name and error.name.startswith("tracezip"):
        raise
    raise ModuleNotFoundError(f"{error}: pip install 'tracezip[otel]'", name=error.name) from error

__all__ = ["TracezipSpanExporter", "mount", "session"]
