'use strict';
// 100,000 calls leave no more memory than 20,000. Needs --expose-gc.

const assert = require('node:assert/strict');
const { setImmediate } = require('node:timers/promises');
const { test } = require('node:test');

const tz = require('tracezip');
const { requests } = require('./support/data');

const CALLS = 100_000;
const WARM_UP = CALLS / 5;
/** Most bytes by which the process may grow over the last four fifths: 0.5 MB were seen, a leak of 200 bytes a call is 16. */
const MOST = 12e6;

const otlp = requests.find(({ length }) => length > 200 && length < 2000);
const frame = tz.compressSync(otlp);
const compressor = new tz.TraceCompressor({ minBatchSize: 1 });
const damaged = frame.subarray(0, -1);

/** Each of them is called equally often. */
const CALLED = {
  compressSync: () => tz.compressSync(otlp),
  decompressSync: () => tz.decompressSync(frame),
  compress: () => tz.compress(otlp),
  decompress: () => tz.decompress(frame),
  'compress with a signal': () => tz.compress(otlp, { signal: new AbortController().signal }),
  'TraceCompressor.compress': () => compressor.compress(otlp),
  'new TraceDecompressor': () => new tz.TraceDecompressor({ maxSize: 1e6 }).decompressSync(frame),
  'an error': () => assert.rejects(tz.decompress(damaged), { name: 'TracezipError' }),
};

async function settledMemory() {
  for (let n = 0; n < 5; n += 1) {
    globalThis.gc();
    await setImmediate();
  }
  return process.memoryUsage().rss;
}

test(`memory is flat over ${CALLS} calls`, async (t) => {
  assert.ok(globalThis.gc, 'run node with --expose-gc');
  const calls = Object.values(CALLED);
  let before = 0;
  for (let n = 0; n < CALLS; n += calls.length * 10) {
    if (n === WARM_UP) before = await settledMemory();
    await Promise.all(Array.from({ length: 10 }, () => calls.map((call) => call())).flat());
  }
  const grown = (await settledMemory()) - before;
  t.diagnostic(`grown by ${(grown / 1e6).toFixed(1)} MB`);
  assert.ok(before > 0 && grown < MOST, `grown by ${grown} bytes`);
});
