"""What a receiver does with Tracezip; `tracezip.wsgi` and `tracezip.asgi` put it in front of an application."""

from typing import Final

from tracezip._tracezip import decompress, decompressed_len
from tracezip.errors import LimitExceededError, TracezipError, UnsupportedVersionError

MAX_SIZE: Final = 64 << 20
"""Most bytes of a decoded request, if nothing else is said."""

HEADER_ROOM: Final = 16
"""A frame is at most so many bytes longer than its input."""


class Refusal(Exception):
    """A request that is not taken: the status and a text for a person."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status, self.text = status, text


class Receiver:
    """Limits and the advertisement."""

    def __init__(self, max_size: int, others: str) -> None:
        self.max_size = max_size
        self.max_body = max_size + HEADER_ROOM
        self._accept = f"tracezip, {others}" if others else "tracezip"

    def check_length(self, length: int) -> None:
        """Refuses a body that cannot be a frame within the limit. Raises Refusal."""
        if length > self.max_body:
            raise Refusal(413, f"a body of more than {self.max_body} bytes")

    def decode(self, body: bytes) -> bytes:
        """The content of a frame. Raises Refusal with a status after which clients do the right thing
        (spec/negotiation.md)."""
        try:
            return decompress(body, max_size=self.max_size)
        except TracezipError as error:
            raise Refusal(self._status(error, body), f"Content-Encoding tracezip: {error}") from None

    def _status(self, error: TracezipError, body: bytes) -> int:
        if isinstance(error, LimitExceededError) and decompressed_len(body) > self.max_size:
            return 413
        return 415 if isinstance(error, LimitExceededError | UnsupportedVersionError) else 400

    def advertisement(self, said: str | None) -> str:
        """The Accept-Encoding of a response of which the application has `said` this."""
        if said is None:
            return self._accept
        codings = [coding.partition(";")[0].strip().lower() for coding in said.split(",")]
        return said if "tracezip" in codings else f"tracezip, {said}"


def is_tracezip(content_encoding: str) -> bool:
    """Whether a request is for us."""
    return content_encoding.strip().lower() == "tracezip"
