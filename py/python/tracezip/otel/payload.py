"""One payload on its way out: taken from a request, coded as often as it is sent."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from requests import PreparedRequest

from tracezip import compress
from tracezip.otel.counters import Counters
from tracezip.otel.settings import Settings, decode, encode

OTHER_SIGNALS = ("/v1/metrics", "/v1/logs", "/v1development/profiles")
"""Paths of what no model of Tracezip knows."""


class Payload:
    """The body of a request, and how it was coded before it came here."""

    def __init__(self, request: PreparedRequest, body: bytes, coding: str) -> None:
        self._request, self._body, self._coding = request, body, coding

    @classmethod
    def of(cls, request: PreparedRequest) -> "Payload | None":
        """The payload of a request that carries traces; None for all others, which are not ours to change."""
        coding = _field(request, "Content-Encoding") or "none"
        media = _field(request, "Content-Type").partition(";")[0].strip()
        if not isinstance(request.body, bytes) or media != "application/x-protobuf":
            return None
        if urlsplit(request.url or "").path.endswith(OTHER_SIGNALS) or coding not in ("none", "gzip", "deflate"):
            return None
        return cls(request, request.body, coding)

    def as_tracezip(self, settings: Settings, counters: Counters) -> PreparedRequest:
        """The request with a frame."""
        otlp = decode(self._body, self._coding)
        return self._coded("tracezip", otlp, lambda: compress(otlp, level=settings.level), counters)

    def as_fallback(self, settings: Settings, counters: Counters) -> PreparedRequest:
        """The request with the fallback; as it was, if somebody has compressed it before us."""
        if self._coding != "none":
            return self._request
        return self._coded(settings.fallback, self._body, lambda: encode(self._body, settings.fallback), counters)

    def _coded(self, coding: str, otlp: bytes, make: Callable[[], bytes], counters: Counters) -> PreparedRequest:
        start = time.perf_counter()
        body = make()
        counters.coded(coding, len(otlp), len(body), time.perf_counter() - start)
        request = self._request.copy()
        request.body = body
        request.headers["Content-Length"] = str(len(body))
        if coding != "none":
            request.headers["Content-Encoding"] = coding
        return request


def _field(request: PreparedRequest, name: str) -> str:
    value = request.headers.get(name) or ""
    return (value.decode("latin-1") if isinstance(value, bytes) else value).strip().lower()
