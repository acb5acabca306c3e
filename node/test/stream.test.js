'use strict';
// Compressors and decompressors with state: order, reset, statistics, streams of Node and of the web.

const assert = require('node:assert/strict');
const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');
const { ReadableStream } = require('node:stream/web');
const { test } = require('node:test');

const tz = require('tracezip');
const { large, manifest, read, requests } = require('./support/data');

const batches = Array.from({ length: 200 }, (_, n) => requests[(n * 7) % requests.length]);
const config = { minBatchSize: 1 };

test('calls on one object take turns, however large the batches are', async () => {
  const inputs = [large(3e6), ...batches, large(2e6), batches[0]];
  const compressor = new tz.TraceCompressor(config);
  const settled = [];
  const frames = await Promise.all(
    inputs.map(async (otlp, n) => {
      const frame = await compressor.compress(otlp);
      settled.push(n);
      return frame;
    }),
  );
  assert.deepEqual(settled, inputs.map((_, n) => n));
  const sync = new tz.TraceCompressor(config);
  assert.deepEqual(frames, inputs.map((otlp) => sync.compressSync(otlp)));
  const decompressor = new tz.TraceDecompressor();
  assert.deepEqual(await Promise.all(frames.map((frame) => decompressor.decompress(frame))), inputs);
});

test('later frames need earlier ones, until a reset', () => {
  const compressor = new tz.TraceCompressor(config);
  const [first, second] = [compressor.compressSync(requests[0]), compressor.compressSync(requests[0])];
  assert.ok(second.length < first.length);
  const decompressor = new tz.TraceDecompressor();
  assert.throws(() => decompressor.decompressSync(second), { code: 'TRACEZIP_OUT_OF_SEQUENCE', errno: 6 });
  compressor.reset();
  assert.deepEqual(decompressor.decompressSync(compressor.compressSync(requests[0])), requests[0]);
  decompressor.reset();
  assert.throws(() => decompressor.decompressSync(compressor.compressSync(requests[0])), { errno: 6 });
});

test('a reset is in order with calls', async () => {
  const compressor = new tz.TraceCompressor(config);
  const before = [compressor.compress(batches[0]), compressor.compress(batches[0])];
  compressor.reset();
  const after = compressor.compress(batches[0]);
  const frames = await Promise.all([...before, after]);
  assert.deepEqual(frames[2], frames[0]);
  assert.ok(frames[1].length < frames[0].length);
});

test('a sync call does not overtake', async () => {
  const compressor = new tz.TraceCompressor();
  const promise = compressor.compress(large(1e6));
  assert.throws(() => compressor.compressSync(requests[0]), { code: 'ERR_TRACEZIP_BUSY' });
  await promise;
  compressor.compressSync(requests[0]);
});

test('an abort skips a call that waits, and the stream goes on', async () => {
  const compressor = new tz.TraceCompressor(config);
  const controller = new AbortController();
  const calls = [large(2e6), requests[0], requests[1]].map((otlp, n) => compressor.compress(otlp, n === 1 ? controller : {}));
  controller.abort();
  const [first, skipped, third] = await Promise.allSettled(calls);
  assert.equal(skipped.reason.name, 'AbortError');
  const decompressor = new tz.TraceDecompressor();
  decompressor.decompressSync(first.value);
  assert.deepEqual(decompressor.decompressSync(third.value), requests[1]);
});

test('statistics', async () => {
  const compressor = new tz.TraceCompressor({ ...config, metering: true });
  const frames = await Promise.all(batches.slice(0, 20).map((otlp) => compressor.compress(otlp)));
  const stats = compressor.stats();
  const total = (list) => list.reduce((sum, { length }) => sum + length, 0);
  assert.equal(stats.originalSize, total(batches.slice(0, 20)));
  assert.equal(stats.compressedSize, total(frames));
  assert.ok(stats.spanCount > 0 && stats.compressionRatio > 1 && stats.columns.ids > 0 && stats.columns.strings > 0);
  const columns = Object.values(stats.columns).reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(Math.abs(columns - stats.compressedSize) < 1);
  compressor.resetStats();
  assert.equal(compressor.stats().originalSize, 0);
});

test('every setting does something, or nothing', () => {
  const otlp = read(manifest.valid.find(({ name }) => name === 'spans-40').input);
  const sizeWith = (settings) => new tz.TraceCompressor(settings).compressSync(otlp).length;
  const plain = sizeWith();
  assert.ok(plain < otlp.length / 2);
  for (const stored of [{ enabled: false }, { minBatchSize: 41 }]) assert.ok(sizeWith(stored) > otlp.length);
  assert.notEqual(sizeWith({ level: 9 }), plain);
  for (const setting of ['enableDedup', 'enableDeltaEncoding']) assert.ok(sizeWith({ [setting]: false }) > plain, setting);
  assert.equal(sizeWith({ predictIds: true, maxStringTableSize: 10_000, maxStateBytes: 8 << 20 }), plain);
});

async function collect(stream) {
  const all = [];
  for await (const chunk of stream) all.push(chunk);
  return all;
}

test('streams of Node', async () => {
  const back = await collect(Readable.from(batches).pipe(tz.createCompress(config)).pipe(tz.createDecompress()));
  assert.deepEqual(back, batches);
});

test('streams of the web', async () => {
  const source = ReadableStream.from(batches);
  assert.deepEqual(await collect(source.pipeThrough(new tz.CompressStream(config)).pipeThrough(new tz.DecompressStream())), batches);
});

for (const size of [1, 3, 1000, 1e6]) {
  test(`messages in bytes that come ${size} at a time`, async () => {
    const inputs = size === 1 ? batches.slice(0, 10) : [...batches, Buffer.alloc(0), large(1e5)];
    const bytes = Buffer.concat(await collect(Readable.from(inputs).pipe(tz.createCompress(config)).pipe(tz.createJoin())));
    const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
    const back = await collect(Readable.from(parts).pipe(tz.createSplit()).pipe(tz.createDecompress()));
    assert.deepEqual(back, inputs);
  });
}

test('bytes that are cut, and lengths that are too long', async () => {
  const into = (parts, options) => pipeline(Readable.from(parts), tz.createSplit(options), collect);
  await assert.rejects(into([Buffer.from('0000000501', 'hex')]), /1 of 5 bytes/);
  await assert.rejects(into([Buffer.from('0000', 'hex')]), /2 of 4 bytes/);
  await assert.rejects(into([Buffer.from('7fffffff', 'hex')]), /2147483647 bytes is above maxSize/);
  await assert.rejects(into([Buffer.from('0000000501', 'hex')], { maxSize: 4 }), /maxSize/);
});

test('a damaged frame is the error of its stream', async () => {
  await assert.rejects(pipeline(Readable.from([Buffer.from('junk')]), tz.createDecompress(), collect), { errno: 1 });
  const web = ReadableStream.from([Buffer.from('junk')]).pipeThrough(new tz.DecompressStream());
  await assert.rejects(collect(web), { errno: 1 });
});
