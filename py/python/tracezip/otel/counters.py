"""What was sent, as OpenTelemetry metrics. Without a MeterProvider they cost nothing and go nowhere."""

from opentelemetry.metrics import MeterProvider, get_meter

from tracezip import __version__


class Counters:
    """The counters of spec/negotiation.md, over the payloads that were coded here."""

    def __init__(self, meter_provider: MeterProvider | None = None) -> None:
        meter = get_meter("tracezip", __version__, meter_provider=meter_provider)
        self._bytes = meter.create_counter(
            "tracezip.bytes", "By", "Payload bytes given to the exporter (in) and sent (out), by coding"
        )
        self._downgrades = meter.create_counter(
            "tracezip.downgrades", "{downgrade}", "Times Tracezip was refused and left for a while, by status"
        )
        self._time = meter.create_counter("tracezip.time", "s", "Time spent in compressing, by coding")
        self._errors = meter.create_counter("tracezip.errors", "{error}", "Payloads that could not be compressed")

    def coded(self, coding: str, otlp: int, body: int, seconds: float) -> None:
        """A payload was coded, to be sent."""
        self._bytes.add(otlp, {"direction": "in", "coding": coding})
        self._bytes.add(body, {"direction": "out", "coding": coding})
        self._time.add(seconds, {"coding": coding})

    def downgraded(self, status: int) -> None:
        """Tracezip was refused with this status."""
        self._downgrades.add(1, {"reason": str(status)})

    def failed(self, error: Exception) -> None:
        """A payload could not be compressed; it goes out with the fallback."""
        self._errors.add(1, {"error.type": type(error).__name__})
