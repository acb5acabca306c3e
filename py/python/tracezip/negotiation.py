"""Whether the other side reads Tracezip: the state machine of spec/negotiation.md. No input or output here.

    negotiation = Negotiation("auto")
    tracezip = negotiation.choose()                 # send a frame, or the fallback?
    if negotiation.answered(tracezip, answer):      # refused:
        negotiation.answered_again(second_answer)   # the same payload with the fallback
"""

import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

TOKEN: Final = "tracezip"
"""The name of the coding."""

MODES: Final = ("auto", "eager", "force", "off")
REFUSALS: Final = frozenset({400, 406, 415, 422, 500, 501})
"""HTTP statuses after which the same payload is sent with the fallback."""

FIRST_WAIT: Final = 600.0
"""Seconds for which the fallback is sent after a first refusal."""
LONGEST_WAIT: Final = 86_400.0
JITTER: Final = 0.1


class Answer(NamedTuple):
    """What came back: a status, or None if no answer came, and whether it advertises Tracezip."""

    status: int | None
    advertises: bool = False

    @property
    def kind(self) -> str:
        """acknowledged, refused, other or lost."""
        if self.status is None:
            return "lost"
        if self.status in REFUSALS:
            return "refused"
        return "acknowledged" if 200 <= self.status < 300 else "other"


LOST: Final = Answer(None)


def advertises(accept_encoding: Iterable[str]) -> bool:
    """Whether the Accept-Encoding fields of a response name Tracezip."""
    return any(_is_offer(element) for field in accept_encoding for element in field.split(","))


def _is_offer(element: str) -> bool:
    token, *parameters = (part.strip().lower() for part in element.split(";"))
    weights = (value for name, _, value in (parameter.partition("=") for parameter in parameters) if name == "q")
    return token == TOKEN and not any(weight.strip("0.") == "" for weight in weights)


class Negotiation:
    """One machine for each endpoint. May be used from many threads; after a fork a child needs a new one."""

    def __init__(
        self,
        mode: str = "auto",
        *,
        now: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = lambda: random.uniform(-JITTER, JITTER),
    ) -> None:
        if mode not in MODES:
            raise ValueError(f"the mode must be one of {', '.join(MODES)}, not {mode!r}")
        self._mode, self._now, self._jitter = mode, now, jitter
        self._lock = threading.Lock()
        self._refusals = 0
        self._until = 0.0
        self._advertised = False
        self.state: str | None = {"auto": "ask", "eager": "on"}.get(mode)
        """ask, on or off; None in the modes force and off, which have no states."""

    @property
    def until(self) -> float | None:
        """In the state off: until when."""
        return self._until if self.state == "off" else None

    def choose(self) -> bool:
        """Begins a call: whether to send Tracezip."""
        with self._lock:
            if self.state == "off" and self._now() >= self._until:
                self.state = "on" if self._advertised or self._mode == "eager" else "ask"
            return self._mode == "force" or self.state == "on"

    def answered(self, tracezip: bool, answer: Answer) -> bool:
        """Takes the first answer: whether to send the same payload again, with the fallback."""
        if self.state is None:
            return False
        with self._lock:
            if not tracezip:
                self._note(answer)
            elif answer.kind == "refused":
                return True
            elif answer.kind == "acknowledged" and self.state == "on":
                self.state, self._refusals = ("on", 0) if answer.advertises else ("ask", self._refusals)
            return False

    def answered_again(self, answer: Answer) -> bool:
        """Takes the second answer: whether Tracezip was the reason for the refusal, and is left for a while."""
        with self._lock:
            if answer.kind == "refused" or self.state != "on":
                return False
            self._refusals += 1
            wait = min(FIRST_WAIT * 2 ** min(self._refusals - 1, 64), LONGEST_WAIT)
            self._until = self._now() + wait * (1 + self._jitter())
            self.state, self._advertised = "off", answer.advertises
            return True

    def _note(self, answer: Answer) -> None:
        if self.state == "ask" and answer.advertises:
            self.state = "on"
        elif self.state == "off" and answer.kind != "lost":
            self._advertised = answer.advertises
