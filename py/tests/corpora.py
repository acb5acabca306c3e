"""The samples of real traces in the tree, as their requests."""

import functools
import struct

import zstandard
from paths import CORPORA

NAMES = sorted(path.name.removesuffix(".otlp.zst") for path in CORPORA.glob("*.otlp.zst"))


@functools.cache
def requests(name: str) -> tuple[bytes, ...]:
    """Each request stands behind its length in 4 bytes, big-endian."""
    packed = (CORPORA / f"{name}.otlp.zst").read_bytes()
    content = zstandard.ZstdDecompressor().stream_reader(packed).read()
    found, at = [], 0
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        found.append(content[at + 4 : at + 4 + length])
        at += 4 + length
    return tuple(found)
