'use strict';
// tests/vectors: what every language reads.

const assert = require('node:assert/strict');
const { test } = require('node:test');

const tz = require('tracezip');
const { manifest, read } = require('./support/data');

for (const { name, level, input, frame } of manifest.valid) {
  test(`${name} at level ${level}`, async () => {
    const [otlp, expected] = [read(input), read(frame)];
    assert.deepEqual(tz.compressSync(otlp, { level }), expected);
    assert.deepEqual(await tz.compress(otlp, { level }), expected);
    assert.deepEqual(tz.decompressSync(expected), otlp);
    assert.deepEqual(await tz.decompress(expected), otlp);
    assert.equal(tz.decompressedLength(expected), otlp.length);
    assert.deepEqual(await new tz.TraceDecompressor().decompress(expected), otlp);
  });
}

for (const { name, level, steps } of manifest.streams) {
  test(`stream ${name}`, async () => {
    const compressor = new tz.TraceCompressor({ level, minBatchSize: 0 });
    const decompressor = new tz.TraceDecompressor();
    const frames = await Promise.all(steps.map(({ input }) => compressor.compress(read(input))));
    assert.deepEqual(frames, steps.map(({ frame }) => read(frame)));
    const batches = await Promise.all(frames.map((frame) => decompressor.decompress(frame)));
    assert.deepEqual(batches, steps.map(({ input }) => read(input)));
  });
}

for (const { name, steps } of manifest.sequences) {
  test(`sequence ${name}`, async () => {
    const decompressor = new tz.TraceDecompressor();
    for (const { frame, input, code } of steps) {
      const call = decompressor.decompress(read(frame));
      if (input === undefined) await assert.rejects(call, { errno: code });
      else assert.deepEqual(await call, read(input));
    }
  });
}

for (const { name, code, error, frame } of manifest.damaged) {
  test(`damaged: ${name}`, async () => {
    const expected = { name: 'TracezipError', errno: code };
    assert.throws(() => tz.decompressSync(read(frame)), expected);
    await assert.rejects(tz.decompress(read(frame)), expected);
    const named = error.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
    assert.equal(tz.errnos[`TRACEZIP_${named}`], code);
  });
}
