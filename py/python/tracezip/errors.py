"""What can go wrong: one class a kind of error. The codes are pinned, and the same in every language."""


class TracezipError(Exception):
    """Any error of Tracezip.

    Its text says what went wrong, where and at which byte; it holds nothing of the data.
    """

    code: int = 0
    """The pinned number of this kind of error."""

    def __init__(self, message: str, stage: str, offset: int) -> None:
        # All three, so that pickle can make it anew.
        super().__init__(message, stage, offset)
        self.stage = stage
        """Where in the flow: config, header, body, checksum, stream, output or otlp."""
        self.offset = offset
        """At which byte: of the frame in the header, of the decoded bytes in the body."""

    def __str__(self) -> str:
        return str(self.args[0])


class NotTracezipError(TracezipError):
    """The input does not begin like a Tracezip frame."""

    code = 1


class UnsupportedVersionError(TracezipError):
    """The frame was made by a newer version of the format: a newer tracezip reads it."""

    code = 2


class TruncatedError(TracezipError):
    """The frame ends too early."""

    code = 3


class CorruptError(TracezipError):
    """The frame contradicts itself."""

    code = 4


class ChecksumError(TracezipError):
    """The decoded bytes are not those that were compressed."""

    code = 5


class OutOfSequenceError(TracezipError):
    """A frame of a stream was lost, repeated or reordered, or a stream's frame stands where one that stands alone
    is needed."""

    code = 6


class LimitExceededError(TracezipError):
    """The frame needs more than a limit allows."""

    code = 7


class BufferTooSmallError(TracezipError):
    """The caller's buffer is too small. No call from Python raises it: they return new bytes."""

    code = 8


class InvalidConfigError(TracezipError, ValueError):
    """A setting is out of range."""

    code = 9


class NotOtlpError(TracezipError):
    """The input is not a trace request, where one is needed: a sample of a dictionary."""

    code = 10


class UnknownDictionaryError(TracezipError):
    """The frame was made with a dictionary that is not there; the text has the end of its id."""

    code = 11


class InternalError(TracezipError):
    """A fault of the library, caught at its border. Please report it."""

    code = 101


BY_CODE: dict[int, type[TracezipError]] = {kind.code: kind for kind in TracezipError.__subclasses__()}
