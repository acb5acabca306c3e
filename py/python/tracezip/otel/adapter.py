"""Tracezip beneath a `requests` session: the stock exporter hands over a request, and gets the answer that counts.

    exporter ─▶ session ─▶ TracezipAdapter ─▶ the adapter that was mounted before
                             payload (taken out, coded) · negotiation (which coding; again?) · counters
"""

import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.exceptions import Timeout

from tracezip.negotiation import LOST, Answer, Negotiation, advertises
from tracezip.otel.counters import Counters
from tracezip.otel.payload import Payload
from tracezip.otel.settings import Settings, logger

Send = Callable[[PreparedRequest, Any], Response]


class Outcome(NamedTuple):
    """What became of sending: an answer, with its response or the error that came instead."""

    answer: Answer
    response: Response | None = None
    error: Exception | None = None

    def hand_over(self) -> Response:
        """To the exporter."""
        if self.response is None:
            raise self.error or Timeout("no answer")
        return self.response


class TracezipAdapter(BaseAdapter):
    """Sends traces as Tracezip where the server reads it; hands everything else to the adapter it stands in for."""

    def __init__(self, inner: BaseAdapter, settings: Settings, counters: Counters) -> None:
        super().__init__()
        self._inner, self._settings, self._counters = inner, settings, counters
        self._negotiations: dict[str, Negotiation] = {}
        self._process = os.getpid()

    def send(  # noqa: PLR0913 (the signature of requests)
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Response:
        """Sends a request, once or, when Tracezip is refused, twice within the same time-out."""
        if self._process != os.getpid():
            self._after_fork()

        def send(coded: PreparedRequest, left: Any) -> Response:
            return self._inner.send(coded, stream=stream, timeout=left, verify=verify, cert=cert, proxies=proxies)

        payload = Payload.of(request)
        if payload is None:
            return send(request, timeout)
        return self._negotiated(payload, self._negotiation(request.url or ""), send, timeout).hand_over()

    def close(self) -> None:
        """Closes the adapter beneath."""
        self._inner.close()

    def _negotiated(self, payload: Payload, negotiation: Negotiation, send: Send, timeout: Any) -> Outcome:
        start = time.monotonic()
        request = self._tracezip(payload) if negotiation.choose() else None
        tracezip = request is not None
        first = attempt(send, request or payload.as_fallback(self._settings, self._counters), timeout)
        if not negotiation.answered(tracezip, first.answer):
            return first
        if first.response is not None:
            first.response.close()
        left = time_left(timeout, time.monotonic() - start)
        if left == 0:
            late = Timeout(f"{first.answer.status} for Tracezip, and no time left to send the same again")
            second = Outcome(LOST, error=late)
        else:
            second = attempt(send, payload.as_fallback(self._settings, self._counters), left)
        if negotiation.answered_again(second.answer):
            self._downgraded(first.answer.status or 0, negotiation)
        return second

    def _tracezip(self, payload: Payload) -> PreparedRequest | None:
        try:
            return payload.as_tracezip(self._settings, self._counters)
        except Exception as error:  # whatever it is, the payload must go out
            logger.warning("a payload could not be compressed and goes as %s: %s", self._settings.fallback, error)
            self._counters.failed(error)
            return None

    def _downgraded(self, status: int, negotiation: Negotiation) -> None:
        self._counters.downgraded(status)
        seconds = (negotiation.until or 0.0) - time.monotonic()
        logger.warning(
            "the server answered %d to Tracezip; the same went out again as %s, which it gets for %.0f min",
            status,
            self._settings.fallback,
            seconds / 60,
        )

    def _negotiation(self, url: str) -> Negotiation:
        endpoint = urlsplit(url)._replace(query="", fragment="").geturl()
        known = self._negotiations.get(endpoint)
        return known or self._negotiations.setdefault(endpoint, Negotiation(self._settings.mode))

    def _after_fork(self) -> None:
        """A child must not speak on its parent's connections, nor wait for locks of threads that it has not."""
        self._process = os.getpid()
        self._negotiations = {}
        if isinstance(self._inner, HTTPAdapter):
            self._inner.__setstate__(self._inner.__getstate__())


def attempt(send: Send, request: PreparedRequest, timeout: Any) -> Outcome:
    """Sends a request once."""
    try:
        response = send(request, timeout)
    except Exception as error:  # all of them are the exporter's to judge
        return Outcome(LOST, error=error)
    fields = response.headers.get("Accept-Encoding", "")
    return Outcome(Answer(response.status_code, advertises([fields])), response)


def time_left(timeout: Any, spent: float) -> Any:
    """What is left of a time-out of `requests`: seconds, a pair of them (connect, read), or None; 0 if nothing."""
    if isinstance(timeout, int | float):
        return max(timeout - spent, 0)
    if isinstance(timeout, tuple) and timeout[1] is not None:
        read = max(timeout[1] - spent, 0)
        return (timeout[0], read) if read else 0
    return timeout


def mount(
    session: requests.Session,
    *,
    mode: str | None = None,
    level: int | None = None,
    fallback: str | None = None,
    counters: Counters | None = None,
) -> requests.Session:
    """Puts Tracezip beneath a session of yours, in front of the adapters that it has; returns the session.

    mode: auto, eager, force or off; TRACEZIP_MODE or auto if not given.
    level: 1 (fast) to 9 (small); TRACEZIP_LEVEL or 3 if not given.
    fallback: gzip, deflate or none; OTEL_EXPORTER_OTLP_TRACES_COMPRESSION, OTEL_EXPORTER_OTLP_COMPRESSION or gzip if
    not given.
    """
    settings, counters = Settings.make(mode, level, fallback), counters or Counters()
    for prefix, adapter in list(session.adapters.items()):
        if not isinstance(adapter, TracezipAdapter):
            session.mount(prefix, TracezipAdapter(adapter, settings, counters))
    return session


def session() -> requests.Session:
    """A new session with Tracezip: the credential provider `tracezip` of the stock exporter."""
    return mount(requests.Session())
