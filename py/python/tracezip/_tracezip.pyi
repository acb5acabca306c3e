"""The compiled part of tracezip. All calls release the GIL, and may be made from any thread."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, final

from typing_extensions import Buffer

__all__ = [
    "CompressionStats",
    "Dictionary",
    "TraceCompressor",
    "TraceDecompressor",
    "TracezipConfig",
    "__version__",
    "command",
    "compress",
    "decompress",
    "decompressed_len",
    "dictionary_of",
    "error_kinds",
]

__version__: Final[str]

def compress(data: Buffer, *, level: int = 3, dictionary: Dictionary | None = None) -> bytes:
    """Compresses any bytes, best a serialized ExportTraceServiceRequest, into a frame that stands alone.

    level: 1 (fast) to 9 (small).
    dictionary: what it begins with; whoever reads it must hold it too.

    Raises InvalidConfigError.
    """

def decompress(data: Buffer, *, max_size: int | None = None, dictionary: Dictionary | None = None) -> bytes:
    """Gives back what was compressed into a frame that stands alone.

    max_size: most bytes that it may decode to; 64 MiB if not given.
    dictionary: what it may have been made with.

    Raises every TracezipError of decoding.
    """

def decompressed_len(data: Buffer) -> int:
    """The length in bytes that a frame says its original has: compare it with a limit before you rely on it."""

def dictionary_of(data: Buffer) -> int | None:
    """The low half of the id of the dictionary that a frame was made with; None if it was made with none, or goes on
    with a stream. Raises as decompressed_len does."""

def error_kinds() -> list[tuple[int, str, str]]:
    """Code, name and text of every kind of error of the core."""

def command(arguments: Sequence[str]) -> int:
    """Runs the `tracezip` command with these arguments, the name of the program first; its exit code."""

@final
class Dictionary:
    """What frames begin with that have no earlier frame to build on. Frames made with a dictionary stand alone for
    everyone who holds it; small requests come to half or less.

    data: the bytes of a dictionary, such as bytes() gives of one. Raises every TracezipError of decoding, and
    CorruptError for frames of other kinds.

    Immutable; equal if the bytes are. May be used from many threads at once.
    """

    def __new__(cls, data: Buffer) -> Dictionary: ...
    @staticmethod
    def train(samples: Iterable[Buffer], max_bytes: int = 65_536) -> Dictionary:
        """Makes a dictionary of serialized trace requests of the kind that are to be compressed.

        samples: a few thousand spans of a day's traffic are enough; parts of them become part of the dictionary.
        max_bytes: most bytes of the dictionary, from 4096; a larger one knows more and takes more memory.

        Raises NotOtlpError if a sample is no trace request, or if there is no span in any of them, and
        InvalidConfigError if max_bytes is too small.
        """

    @property
    def id(self) -> int:
        """What tells it from all others: the XXH3-64 of its bytes."""

    def __bytes__(self) -> bytes: ...
    def __len__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs__(self) -> tuple[bytes]: ...

@final
class TracezipConfig:
    """Settings of a TraceCompressor, checked when they are made. Immutable; equal if all settings are.

    enabled: whether to compress at all; if not, every batch is stored in a frame as it is.
    min_batch_size: fewest spans for which a batch is compressed that nothing was learnt for yet.
    max_string_table_size: most entries of the string table, from 16.
    enable_delta_encoding: whether times and numbers are coded as differences.
    enable_dedup: whether spans are predicted from earlier spans of their kind.
    level: 1 (fast) to 9 (small).
    max_state_bytes: most bytes of state, from 1 MiB to 1 GiB.
    predict_ids: whether ids are predicted from the generators that they are drawn from.
    dictionary: what frames that build on nothing else begin with; whoever reads them must hold it too.

    Raises InvalidConfigError, which names the setting that is out of range.
    """

    def __new__(
        cls,
        *,
        enabled: bool = True,
        min_batch_size: int = 10,
        max_string_table_size: int = 10_000,
        enable_delta_encoding: bool = True,
        enable_dedup: bool = True,
        level: int = 3,
        max_state_bytes: int = ...,
        predict_ids: bool = True,
        dictionary: Dictionary | None = None,
    ) -> TracezipConfig: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def min_batch_size(self) -> int: ...
    @property
    def max_string_table_size(self) -> int: ...
    @property
    def enable_delta_encoding(self) -> bool: ...
    @property
    def enable_dedup(self) -> bool: ...
    @property
    def level(self) -> int: ...
    @property
    def max_state_bytes(self) -> int: ...
    @property
    def predict_ids(self) -> bool: ...
    @property
    def dictionary(self) -> Dictionary | None: ...
    def as_dict(self) -> dict[str, Any]:
        """All settings by name."""

    def replace(self, **changes: Any) -> TracezipConfig:
        """The same with these settings changed."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...

@final
class TraceCompressor:
    """Compresses batch after batch. The first frame stands alone; each later one builds on those before it, and can
    only be read after them, in order.

    config: the settings; the defaults if not given.
    metering: whether the statistics tell what the bytes of frames describe; costs a few per cent of the time.

    May be used from many threads; they take turns.
    """

    def __new__(cls, config: TracezipConfig | None = None, *, metering: bool = False) -> TraceCompressor: ...
    def compress(self, data: Buffer) -> bytes:
        """Compresses one batch. The result is always a frame: what does not pay to compress is stored in one, which
        the statistics tell (last_frame_stored)."""

    def stats(self) -> CompressionStats:
        """The counters since the last reset_stats()."""

    def reset_stats(self) -> None:
        """Sets the counters to zero."""

    def reset(self) -> None:
        """Forgets all batches: the next frame stands alone. The counters stay."""

    @property
    def config(self) -> TracezipConfig:
        """The settings."""

    @property
    def state_bytes(self) -> int:
        """Bytes of state held now."""

@final
class TraceDecompressor:
    """Reads the frames of one TraceCompressor, in order, or frames that stand alone.

    max_size: most bytes that one frame may decode to; 64 MiB if not given.
    max_state_bytes: most bytes of state that a frame may ask for; 8 MiB if not given.
    dictionaries: what frames may have been made with.

    May be used from many threads; they take turns.
    """

    def __new__(
        cls,
        *,
        max_size: int | None = None,
        max_state_bytes: int | None = None,
        dictionaries: Sequence[Dictionary] = ...,
    ) -> TraceDecompressor: ...
    def decompress(self, data: Buffer) -> bytes:
        """Gives back one batch. A trace request that was never compressed passes through.

        Raises every TracezipError of decoding. After an error only a frame that stands alone is taken, such as a
        compressor makes after its reset().
        """

    def reset(self) -> None:
        """Forgets all frames: the next one must stand alone."""

    @property
    def max_size(self) -> int:
        """Most bytes that one frame may decode to."""

    @property
    def max_state_bytes(self) -> int:
        """Most bytes of state that a frame may ask for."""

@final
class CompressionStats:
    """Counters of a TraceCompressor, as they were when they were asked for."""

    @property
    def original_size(self) -> int:
        """Bytes in."""

    @property
    def compressed_size(self) -> int:
        """Bytes out."""

    @property
    def compression_ratio(self) -> float:
        """Bytes in per byte out; 1 when nothing was compressed."""

    @property
    def span_count(self) -> int:
        """Spans in."""

    @property
    def deduped_spans(self) -> int:
        """Spans whose attributes were all as predicted."""

    @property
    def compression_time_us(self) -> int:
        """Time spent, in microseconds."""

    @property
    def ids_bytes(self) -> float:
        """Bytes out for trace ids, span ids and the relations between spans; needs metering, as the next three do."""

    @property
    def times_bytes(self) -> float:
        """Bytes out for start and end times of spans, and times of events."""

    @property
    def strings_bytes(self) -> float:
        """Bytes out for text, new or seen before."""

    @property
    def numbers_bytes(self) -> float:
        """Bytes out for numbers in attributes."""

    @property
    def structure_bytes(self) -> float:
        """Bytes out for everything else; without metering, all of them."""

    @property
    def frames(self) -> int:
        """Frames out."""

    @property
    def stored_frames(self) -> int:
        """Frames out that are stored: a header and the input as it was."""

    @property
    def last_frame_stored(self) -> bool:
        """Whether the last frame is stored."""

    def compression_percentage(self) -> float:
        """Share of the bytes that was saved, in per cent; negative when frames are longer than their input."""

    def as_dict(self) -> dict[str, Any]:
        """All counters by name."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    __hash__ = None  # type: ignore[assignment]
