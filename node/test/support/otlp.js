'use strict';
// Just enough protobuf to count spans.

/** The length-delimited fields with this number. */
function* fields(message, number) {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  while (at < message.length) {
    const key = varint();
    const type = key & 7;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const length = varint();
      if (key >> 3 === number) yield message.subarray(at, at + length);
      at += length;
    } else throw new Error(`illegal wireType ${type}`);
  }
}

/** Names of the spans of an ExportTraceServiceRequest. */
function* spanNames(request) {
  for (const resource of fields(request, 1))
    for (const scope of fields(resource, 2))
      for (const span of fields(scope, 2)) for (const name of fields(span, 5)) yield name.toString();
}

module.exports = { spanNames };
