'use strict';
// One-shot calls: any bytes, many at once, aborted, changed while they run.

const assert = require('node:assert/strict');
const { test } = require('node:test');

const tz = require('tracezip');
const { large, requests } = require('./support/data');

test('1,000 calls at once', async () => {
  const inputs = Array.from({ length: 1000 }, (_, n) => requests[n % requests.length]);
  const frames = await Promise.all(inputs.map((otlp) => tz.compress(otlp)));
  assert.deepEqual(frames, inputs.map((otlp) => tz.compressSync(otlp)));
  assert.deepEqual(await Promise.all(frames.map((frame) => tz.decompress(frame))), inputs);
});

test('every kind of bytes', async () => {
  const bytes = Buffer.from('0a000a000a00', 'hex');
  const whole = new Uint8Array([9, 9, ...bytes, 9]);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const kinds = {
    Buffer: bytes,
    'part of a Uint8Array': whole.subarray(2, -1),
    Uint16Array: new Uint16Array(Uint8Array.from(bytes).buffer),
    DataView: new DataView(whole.buffer, 2, bytes.length),
    ArrayBuffer: Uint8Array.from(bytes).buffer,
    SharedArrayBuffer: shared.buffer,
    'on a SharedArrayBuffer': shared,
  };
  for (const [kind, data] of Object.entries(kinds)) {
    assert.deepEqual(tz.decompressSync(tz.compressSync(data)), bytes, kind);
    assert.deepEqual(await tz.decompress(await tz.compress(data)), bytes, kind);
  }
  assert.deepEqual(tz.decompressSync(tz.compressSync(new Uint8Array())), Buffer.alloc(0));
});

test('garbage comes back, and is hardly longer', () => {
  const garbage = require('node:crypto').randomBytes(100_000);
  const frame = tz.compressSync(garbage);
  assert.ok(frame.length <= garbage.length + 16);
  assert.deepEqual(tz.decompressSync(frame), garbage);
});

test('the caller may change and transfer the input once the call has returned', async () => {
  const original = requests[0];
  const mine = Uint8Array.from(original);
  const promise = tz.compress(mine);
  mine.fill(0);
  structuredClone(mine.buffer, { transfer: [mine.buffer] });
  assert.deepEqual(tz.decompressSync(await promise), original);
});

test('a long input that is transferred while it is read is an error', async () => {
  const mine = Uint8Array.from(large(8e6));
  const promise = tz.compress(mine);
  structuredClone(mine.buffer, { transfer: [mine.buffer] });
  await assert.rejects(promise, /transferred/);
});

test('a signal that was aborted before', async () => {
  const signal = AbortSignal.abort();
  await assert.rejects(tz.compress(requests[0], { signal }), { name: 'AbortError' });
  await assert.rejects(tz.decompress(tz.compressSync(requests[0]), { signal }), { name: 'AbortError' });
});

test('a signal rejects at once, with its reason, and leaves other calls alone', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const input = large(4e6);
  const calls = Array.from({ length: 8 }, () => tz.compress(input, { signal }));
  const other = tz.compress(requests[0]);
  const reason = new Error('no longer wanted');
  setTimeout(() => controller.abort(reason), 5);
  for (const result of await Promise.allSettled(calls)) assert.equal(result.reason, reason);
  assert.deepEqual(tz.decompressSync(await other), requests[0]);
});

test('one signal for many calls leaves nothing on it, and is no reason to warn', async (t) => {
  const warned = t.mock.fn();
  process.on('warning', warned);
  t.after(() => process.off('warning', warned));
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 50 }, () => tz.compress(requests[0], { signal })));
  await new Promise(setImmediate);
  assert.equal(require('node:events').getEventListeners(signal, 'abort').length, 0);
  assert.equal(warned.mock.callCount(), 0);
});

test('the version is that of the package', () => {
  assert.equal(tz.version, require('tracezip/package.json').version);
});
