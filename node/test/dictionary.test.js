'use strict';
// Dictionaries: frames that stand alone for those who hold one.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');

const tz = require('tracezip');
const { manifest, read } = require('./support/data');

const [vector] = manifest.dictionaries;
const dictionary = new tz.Dictionary(read(vector.dictionary));
const samples = manifest.streams.flatMap(({ steps }) => steps.map(({ input }) => read(input))).filter((otlp) => otlp[0] === 0x0a);
const otlp = read(vector.frames[0].input);
const frame = tz.compressSync(otlp, { dictionary });

for (const { name, dictionary: file, id, frames } of manifest.dictionaries) {
  test(`vectors of ${name}`, async () => {
    const held = new tz.Dictionary(read(file));
    assert.equal(held.id.toString(16).padStart(16, '0'), id);
    const decompressor = new tz.TraceDecompressor({ dictionaries: [held] });
    for (const { input, level, frame } of frames) {
      const [otlp, expected] = [read(input), read(frame)];
      assert.deepEqual(tz.compressSync(otlp, { level, dictionary: held }), expected);
      assert.deepEqual(await tz.compress(otlp, { level, dictionary: held }), expected);
      assert.deepEqual(tz.decompressSync(expected, { dictionary: held }), otlp);
      assert.deepEqual(await tz.decompress(expected, { dictionary: held }), otlp);
      assert.deepEqual(await decompressor.decompress(expected), otlp);
    }
  });
}

test('small requests come to less', () => {
  assert.ok(frame.length * 4 < tz.compressSync(otlp).length * 3, `${frame.length}`);
});

test('without it the error names it', async () => {
  const name = dictionary.id & 0xffffffffn;
  assert.equal(tz.dictionaryOf(frame), Number(name));
  assert.equal(tz.dictionaryOf(tz.compressSync(otlp)), undefined);
  assert.throws(() => tz.dictionaryOf(otlp), { code: 'TRACEZIP_NOT_TRACEZIP' });
  const expected = { code: 'TRACEZIP_UNKNOWN_DICTIONARY', errno: 11, message: new RegExp(name.toString(16)) };
  assert.throws(() => tz.decompressSync(frame), expected);
  await assert.rejects(tz.decompress(frame), expected);
  await assert.rejects(new tz.TraceDecompressor().decompress(frame), expected);
});

test('training, now and later, makes the same', async () => {
  const now = tz.Dictionary.trainSync(samples, 8192);
  const later = await tz.Dictionary.train(new Set(samples), 8192);
  assert.equal(now.id, later.id);
  assert.ok(now.bytes.length <= 8192);
  assert.deepEqual(new tz.Dictionary(now.bytes).bytes, now.bytes);
});

test('what is no dictionary', async () => {
  assert.throws(() => new tz.Dictionary(Buffer.from('plain text')), { code: 'TRACEZIP_NOT_TRACEZIP' });
  assert.throws(() => new tz.Dictionary(tz.compressSync(Buffer.from('{}'))), { code: 'TRACEZIP_CORRUPT', message: /stands alone/ });
  assert.throws(() => new tz.Dictionary('text'), { code: 'ERR_INVALID_ARG_TYPE' });
  for (const wrong of [dictionary.bytes, {}, null, 'dict', 0]) {
    assert.throws(() => tz.compressSync(otlp, { dictionary: wrong }), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => new tz.TraceDecompressor({ dictionaries: [dictionary.bytes] }), { code: 'ERR_INVALID_ARG_TYPE' });
  const notOtlp = { code: 'TRACEZIP_NOT_OTLP', errno: 10 };
  assert.throws(() => tz.Dictionary.trainSync([Buffer.from('plain text')]), notOtlp);
  await assert.rejects(tz.Dictionary.train([]), notOtlp);
  for (const maxBytes of [100, 0.5, -1, NaN]) {
    await assert.rejects(tz.Dictionary.train(samples, maxBytes), { code: 'TRACEZIP_INVALID_CONFIG' });
  }
});

test('a compressor and a stream of frames', async () => {
  const compressor = new tz.TraceCompressor({ dictionary, minBatchSize: 100 });
  const first = await compressor.compress(otlp);
  assert.deepEqual(first, frame);
  const decompress = tz.createDecompress({ dictionaries: [dictionary] });
  decompress.write(first);
  decompress.end(await compressor.compress(otlp));
  assert.deepEqual(await decompress.toArray(), [otlp, otlp]);
});

test('many calls share it', async () => {
  const calls = Array.from({ length: 200 }, async () => {
    const frame = await tz.compress(otlp, { dictionary });
    return tz.decompress(frame, { dictionary });
  });
  for (const back of await Promise.all(calls)) assert.deepEqual(back, otlp);
});

test('workers share its bytes', async () => {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const tz = require('tracezip');
    const dictionary = new tz.Dictionary(workerData.bytes);
    parentPort.postMessage(tz.compressSync(workerData.otlp, { dictionary }));`;
  const worker = new Worker(code, { eval: true, workerData: { bytes: dictionary.bytes, otlp } });
  const [made] = await once(worker, 'message');
  assert.deepEqual(Buffer.from(made), frame);
  await worker.terminate();
});

test('the statistics tell stored frames', async () => {
  const compressor = new tz.TraceCompressor();
  await compressor.compress(Buffer.from('{}'));
  let { frames, storedFrames, lastFrameStored } = compressor.stats();
  assert.deepEqual([frames, storedFrames, lastFrameStored], [1, 1, true]);
  compressor.compressSync(Buffer.concat(samples));
  ({ frames, storedFrames, lastFrameStored } = compressor.stats());
  assert.deepEqual([frames, storedFrames, lastFrameStored], [2, 1, false]);
  compressor.resetStats();
  assert.equal(compressor.stats().frames, 0);
});
