'use strict';
// The event loop goes on while 64 MB are compressed and decompressed.

const assert = require('node:assert/strict');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { setTimeout } = require('node:timers/promises');
const { test } = require('node:test');

const tz = require('tracezip');
const { large } = require('./support/data');

const BYTES = 64e6;
const LONGEST_STALL = 50;

/** Milliseconds of the longest stall while `work` runs: of a timer of 1 ms, beyond the millisecond. */
async function longestStall(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await setTimeout(20);
  delay.reset();
  const result = await work();
  await setTimeout(5);
  delay.disable();
  return [delay.max / 1e6 - 1, result];
}

/** The least of three, as other processes stall us too. */
async function leastStall(work) {
  const stalls = [];
  let result;
  for (let n = 0; n < 3 && !(Math.min(...stalls) <= LONGEST_STALL); n += 1) {
    const [stall, last] = await longestStall(work);
    stalls.push(stall);
    result = last;
  }
  return [Math.min(...stalls), result];
}

test(`no stall above ${LONGEST_STALL} ms while ${BYTES / 1e6} MB are compressed in the background`, async (t) => {
  const otlp = large(BYTES).subarray(0, BYTES);
  globalThis.gc?.();
  const [there, frame] = await leastStall(() => tz.compress(otlp));
  const [back, decoded] = await leastStall(() => tz.decompress(frame));
  assert.ok(decoded.equals(otlp));
  t.diagnostic(`longest stall: ${there.toFixed(1)} ms compressing, ${back.toFixed(1)} ms decompressing`);
  assert.ok(there <= LONGEST_STALL && back <= LONGEST_STALL, `${there} ms, ${back} ms`);
});

test('the same in batches on one compressor', async (t) => {
  const batch = large(1e6);
  const work = () => {
    const compressor = new tz.TraceCompressor();
    return Promise.all(Array.from({ length: Math.ceil(BYTES / batch.length) }, () => compressor.compress(batch)));
  };
  const [stall] = await leastStall(work);
  t.diagnostic(`longest stall: ${stall.toFixed(1)} ms`);
  assert.ok(stall <= LONGEST_STALL, `${stall} ms`);
});
