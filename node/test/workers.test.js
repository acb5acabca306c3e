'use strict';
// Worker threads: each loads the addon, works, and may end while calls run.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');

const { requests } = require('./support/data');

const CODE = `
  const { parentPort, workerData } = require('node:worker_threads');
  const tz = require('tracezip');
  (async () => {
    const compressor = new tz.TraceCompressor({ minBatchSize: 1 });
    const frames = await Promise.all(workerData.flatMap((otlp) => [tz.compress(otlp), tz.compressSync(otlp)]));
    const stream = await Promise.all(workerData.map((otlp) => compressor.compress(otlp)));
    parentPort.postMessage({ frames, stream });
  })();
`;

const BUSY = `
  const { parentPort, workerData } = require('node:worker_threads');
  const tz = require('tracezip');
  for (let n = 0; n < 50; n += 1) for (const otlp of workerData) tz.compress(otlp);
  parentPort.postMessage('begun');
`;

const options = { eval: true, workerData: requests.map((otlp) => new Uint8Array(otlp)) };

test('workers work at once, and give what the main thread gives', async () => {
  const tz = require('tracezip');
  const workers = Array.from({ length: 4 }, () => new Worker(CODE, options));
  const results = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
  const frames = requests.flatMap((otlp) => [tz.compressSync(otlp), tz.compressSync(otlp)]);
  const compressor = new tz.TraceCompressor({ minBatchSize: 1 });
  const stream = requests.map((otlp) => compressor.compressSync(otlp));
  for (const result of results) {
    assert.deepEqual(result.frames.map(Buffer.from), frames);
    assert.deepEqual(result.stream.map(Buffer.from), stream);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
});

test('a worker that is ended while calls run', async () => {
  for (let n = 0; n < 5; n += 1) {
    const worker = new Worker(BUSY, options);
    await once(worker, 'message');
    await worker.terminate();
  }
  const tz = require('tracezip');
  assert.deepEqual(await tz.decompress(await tz.compress(requests[0])), requests[0]);
});
