"""Decodes frames with spec/reference/tracezip_ref.py, one after the other, with one decoder.

Asked on standard input, up to its end: a length (4 bytes, least significant first) and the frame. Answered on
standard output: the code of the error, 0 for none, a length (4 bytes each), and the original or the error's message.
"""

import struct
import sys

sys.path.insert(0, sys.argv[1])
import tracezip_ref

asked, answered = sys.stdin.buffer, sys.stdout.buffer
decoder = tracezip_ref.Decoder()
while length := asked.read(4):
    try:
        code, answer = 0, decoder.decode(asked.read(*struct.unpack("<I", length)))
    except tracezip_ref.TracezipError as error:
        code, answer = error.code, str(error).encode()
    answered.write(struct.pack("<II", code, len(answer)) + answer)
    answered.flush()
