"""Small requests with a dictionary: tracezip and zstandard over smallreq, request by request, in one run.

    python py/benches/dictionary.py [PASSES]

The dictionaries, of 64 KiB at most, are trained with the first half of the sample's requests; figures are of the rest.
"""

import sys

import tracezip
import zstandard
from throughput import CORPORA, Codec, measure, requests, tracezip_at, zstandard_at

MAX_BYTES = 65536


def tracezip_with(dictionary: tracezip.Dictionary) -> Codec:
    """Frames that stand alone for those who hold it."""
    return Codec(
        "tracezip -3, dictionary",
        lambda otlp: tracezip.compress(otlp, dictionary=dictionary),
        lambda frame: tracezip.decompress(frame, dictionary=dictionary),
    )


def zstandard_with(level: int, dictionary: zstandard.ZstdCompressionDict) -> Codec:
    """The same with that of zstandard."""
    return Codec(
        f"zstandard -{level}, dictionary",
        zstandard.ZstdCompressor(level=level, dict_data=dictionary).compress,
        zstandard.ZstdDecompressor(dict_data=dictionary).decompress,
    )


def main(passes: int) -> None:
    """A table in Markdown."""
    batches = requests(CORPORA / "smallreq.otlp.zst")
    samples, rest = batches[: len(batches) // 2], batches[len(batches) // 2 :]
    ours = tracezip.Dictionary.train(samples, MAX_BYTES)
    theirs = zstandard.train_dictionary(MAX_BYTES, [*samples])
    with_dictionaries = [tracezip_with(ours), zstandard_with(3, theirs), zstandard_with(19, theirs)]
    codecs = [tracezip_at(3), zstandard_at(3), *with_dictionaries]
    print("| | ratio | compress, MB/s | decompress, MB/s |\n| --- | ---: | ---: | ---: |")
    for name, result in measure(rest, passes, codecs).items():
        print(f"| {name} | {result.ratio:.2f} | {result.compress:.0f} | {result.decompress:.0f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 3)
