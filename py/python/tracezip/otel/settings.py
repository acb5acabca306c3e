"""What the exporter sends, from its arguments and the environment."""

import gzip
import logging
import os
import zlib
from typing import NamedTuple

from tracezip import TracezipConfig
from tracezip.negotiation import MODES

logger = logging.getLogger("tracezip.otel")

FALLBACKS = ("gzip", "deflate", "none")


class Settings(NamedTuple):
    """How payloads are coded."""

    mode: str
    """auto, eager, force or off; see spec/negotiation.md."""
    level: int
    """1 (fast) to 9 (small)."""
    fallback: str
    """gzip, deflate or none: what is sent when Tracezip is not."""

    @classmethod
    def make(cls, mode: str | None = None, level: int | None = None, fallback: str | None = None) -> "Settings":
        """Arguments, which must be right, before the environment, of which what is wrong is said and ignored."""
        if mode is not None and mode not in MODES:
            raise ValueError(f"the mode must be one of {', '.join(MODES)}, not {mode!r}")
        if fallback is not None and fallback not in FALLBACKS:
            raise ValueError(f"the fallback must be one of {', '.join(FALLBACKS)}, not {fallback!r}")
        if level is not None:
            TracezipConfig(level=level)
        return cls(
            mode or _choice("TRACEZIP_MODE", MODES, "auto"),
            level or int(_choice("TRACEZIP_LEVEL", tuple("123456789"), "3")),
            fallback or _fallback(),
        )


def _choice(variable: str, choices: tuple[str, ...], default: str) -> str:
    value = os.environ.get(variable, "").strip().lower()
    if not value:
        return default
    if value not in choices:
        logger.warning("%s must be one of %s, not %r; using %s", variable, ", ".join(choices), value, default)
        return default
    return value


def _fallback() -> str:
    """The coding that the user has chosen for the stock exporter; gzip, which every server must read, if none was."""
    for variable in ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"):
        if os.environ.get(variable):
            coding = _choice(variable, (*FALLBACKS, "tracezip"), "gzip")
            return "gzip" if coding == "tracezip" else coding
    return "gzip"


def encode(otlp: bytes, coding: str) -> bytes:
    """The body of a fallback."""
    if coding == "gzip":
        return gzip.compress(otlp, compresslevel=6, mtime=0)
    return zlib.compress(otlp) if coding == "deflate" else otlp


def decode(body: bytes, coding: str) -> bytes:
    """The content of a body that somebody has coded before us."""
    if coding == "gzip":
        return gzip.decompress(body)
    return zlib.decompress(body) if coding == "deflate" else body
