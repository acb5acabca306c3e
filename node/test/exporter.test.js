'use strict';
// TracezipSpanExporter in the SDK, against real servers: no span lost, none doubled, counted at the receiver.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const { setTimeout } = require('node:timers/promises');
const { test } = require('node:test');

const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
const { TracezipSpanExporter } = require('tracezip/exporter');
const { certificate, Receiver, receiver } = require('./support/receiver');
const { exported, finished, make, makeSlowly, once, tracer } = require('./support/spans');

const sorted = (map) => [...map].sort();
const assertOnce = (server, count) => assert.deepEqual(sorted(server.spans), sorted(once(count)));
const to = ({ url }, options) => new TracezipSpanExporter({ url, ...options });

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('a server that knows Tracezip', async (t) => {
  const server = await receiver(t);
  const traces = tracer(to(server));
  await makeSlowly(traces, 0, 20);
  await traces.finish();
  assertOnce(server, 20);
  assert.deepEqual(server.requests, ['gzip', ...Array(19).fill('tracezip')]);
  assert.equal(server.headers[19]['content-type'], 'application/x-protobuf');
  assert.match(server.headers[19]['user-agent'], /^tracezip-node\/\d/);
  assert.equal(server.sockets.size, 1, 'the connection is kept');
});

const REFUSALS = [
  ['old-400', 'unsupported Content-Encoding: tracezip\n'],
  ['old-400', ''],
  ['old-406', ''],
  ['old-415', ''],
  ['old-422', ''],
  ['old-500', 'proto: illegal wireType 7'],
  ['old-501', ''],
  ['boasts', ''],
];

for (const [name, text] of REFUSALS) {
  test(`a server that refuses: ${name} ${text}`, async (t) => {
    const server = await receiver(t);
    server.behaves(name, { text });
    const traces = tracer(to(server, { mode: 'eager' }));
    await makeSlowly(traces, 0, 10);
    await traces.finish();
    assertOnce(server, 10);
    assert.deepEqual(server.requests, ['tracezip', ...Array(10).fill('gzip')]);
  });

  test(`under load, a server that changes its mind: ${name} ${text}`, async (t) => {
    const server = await receiver(t);
    const traces = tracer(to(server), 8);
    for (let part = 0; part < 6; part += 1) {
      server.behaves(['knows', name][part % 2], { text, millis: 1 });
      make(traces, part * 200, part * 200 + 200);
      await setTimeout(50);
    }
    await traces.finish();
    assertOnce(server, 1200);
    assert.deepEqual(new Set(server.requests), new Set(['tracezip', 'gzip']));
  });
}

test('a server that says nothing', async (t) => {
  const server = await receiver(t);
  server.behaves('silent');
  const traces = tracer(to(server));
  await makeSlowly(traces, 0, 10);
  await traces.finish();
  assertOnce(server, 10);
  assert.deepEqual(new Set(server.requests), new Set(['gzip']));
});

test('many exports at once, refused', async (t) => {
  const server = await receiver(t);
  server.behaves('old-415', { millis: 20 });
  const exporter = to(server, { mode: 'eager' });
  const spans = finished(30);
  const results = await Promise.all(spans.map((span) => exported(exporter, [span])));
  assert.ok(results.every(({ code }) => code === 0));
  assertOnce(server, 30);
  const one = await exported(exporter, spans.slice(0, 1));
  assert.deepEqual([one.code, server.requests.at(-1)], [0, 'gzip']);
  await exporter.shutdown();
});

test('a server that is down for a while', async (t) => {
  const port = await freePort();
  const server = new Receiver();
  const traces = tracer(to({ url: `http://127.0.0.1:${port}/v1/traces` }, { mode: 'eager' }));
  make(traces, 0, 3);
  await setTimeout(300);
  await server.listen(port);
  t.after(() => server.close());
  await traces.finish();
  assertOnce(server, 3);
  assert.deepEqual(new Set(server.requests), new Set(['tracezip']));
});

test('a server that closes connections between requests', async (t) => {
  const server = await receiver(t);
  const traces = tracer(to(server));
  for (let name = 0; name < 10; name += 1) {
    await makeSlowly(traces, name, name + 1);
    for (const socket of server.sockets) socket.destroy();
  }
  await traces.finish();
  assertOnce(server, 10);
});

test('a server that stays down is reported in time', async () => {
  const exporter = to({ url: `http://127.0.0.1:${await freePort()}/v1/traces` }, { timeoutMillis: 300 });
  const start = performance.now();
  const { code, error } = await exported(exporter, finished(1));
  assert.equal(code, 1);
  assert.equal(error.code, 'ECONNREFUSED');
  assert.ok(performance.now() - start < 1500);
});

test('a server that does not answer is reported in time', async (t) => {
  const server = await receiver(t);
  server.behaves('knows', { millis: 5000 });
  const { code, error } = await exported(to(server, { timeoutMillis: 300 }), finished(1));
  assert.equal(code, 1);
  assert.match(error.message, /no answer of 127\.0\.0\.1:\d+ within the time-out/);
});

test('a server that is busy says when to come again', async (t) => {
  const server = await receiver(t);
  server.behaves('busy', { fields: { 'Retry-After': '1' } });
  const exporter = to(server);
  const start = performance.now();
  const result = exported(exporter, finished(1));
  await setTimeout(500);
  server.behaves('knows');
  assert.equal((await result).code, 0);
  assert.ok(performance.now() - start > 950);
  assertOnce(server, 1);
  assert.deepEqual(server.requests, ['gzip', 'tracezip']);
});

test('https, with the certificates of the environment on both sides', async (t) => {
  const [cert, key] = [certificate.cert, certificate.key].map((file) => fs.readFileSync(file));
  const server = await receiver(t, { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true });
  const { code, error } = await exported(to(server), finished(1));
  assert.deepEqual([code, error.code], [1, 'DEPTH_ZERO_SELF_SIGNED_CERT']);
  const names = { CERTIFICATE: certificate.cert, CLIENT_CERTIFICATE: certificate.cert, CLIENT_KEY: certificate.key };
  for (const [name, file] of Object.entries(names)) process.env[`OTEL_EXPORTER_OTLP_${name}`] = file;
  t.after(() => Object.keys(names).forEach((name) => delete process.env[`OTEL_EXPORTER_OTLP_${name}`]));
  const exporter = to(server);
  for (let n = 0; n < 2; n += 1) assert.equal((await exported(exporter, finished(1))).code, 0);
  assert.deepEqual(server.requests, ['gzip', 'tracezip']);
  await exporter.shutdown();
});

test('bad data is reported, not sent again and again', async (t) => {
  const server = await receiver(t);
  server.behaves('bad-data', { text: 'span id is missing' });
  const { code, error } = await exported(to(server, { mode: 'eager' }), finished(1));
  assert.deepEqual([code, error.message, error.code], [1, 'the server answered 400: span id is missing', 400]);
  assert.deepEqual(server.requests, ['tracezip', 'gzip']);
});

test('an acknowledgement whose body breaks off is one', async (t) => {
  const server = await receiver(t);
  server.behaves('knows', { fields: { 'Content-Length': '1000', Connection: 'close' }, acknowledgement: Buffer.from('x') });
  const traces = tracer(to(server, { timeoutMillis: 500 }));
  await makeSlowly(traces, 0, 3);
  await traces.finish();
  assertOnce(server, 3);
});

test('a part that was rejected is said, not sent again', async (t) => {
  const { diag, DiagLogLevel } = require('@opentelemetry/api');
  const said = [];
  diag.setLogger({ warn: (text) => said.push(text), error() {}, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
  t.after(() => diag.disable());
  const server = await receiver(t);
  server.behaves('knows', { acknowledgement: Buffer.from('0a0708021203626164', 'hex') });
  assert.equal((await exported(to(server), finished(1))).code, 0);
  assert.deepEqual(said, ['tracezip: the server rejected 2 spans: bad']);
  assertOnce(server, 1);
});

test('forced and off', async (t) => {
  const server = await receiver(t);
  server.behaves('old-415');
  const forced = await exported(to(server, { mode: 'force' }), finished(1));
  assert.deepEqual([forced.code, forced.error.code], [1, 415]);
  server.behaves('knows');
  const off = to(server, { mode: 'off' });
  for (let n = 0; n < 2; n += 1) assert.equal((await exported(off, finished(1))).code, 0);
  assert.deepEqual(server.requests, ['tracezip', 'gzip', 'gzip']);
});

for (const compression of ['none', 'deflate', 'gzip']) {
  test(`${compression} as the fallback`, async (t) => {
    const server = await receiver(t);
    server.behaves('silent');
    assert.equal((await exported(to(server, { compression }), finished(2))).code, 0);
    assert.deepEqual(server.requests, [compression]);
    assertOnce(server, 2);
  });
}

test('more exports at once than are allowed wait', async (t) => {
  const server = await receiver(t);
  server.behaves('knows', { millis: 60 });
  const exporter = to(server, { concurrencyLimit: 2, timeoutMillis: 1000 });
  const results = await Promise.all(finished(50).map((span) => exported(exporter, [span])));
  assert.ok(results.every(({ code }) => code === 0));
  assertOnce(server, 50);
  assert.equal(server.sockets.size, 2);
});

test('shutdown waits for what is under way, and ends the exporter', async (t) => {
  const server = await receiver(t);
  server.behaves('knows', { millis: 50 });
  const exporter = to(server);
  const result = exported(exporter, finished(1));
  await exporter.shutdown();
  assertOnce(server, 1);
  assert.equal((await result).code, 0);
  assert.match((await exported(exporter, finished(1))).error.message, /shut down/);
});

test('counters', async (t) => {
  const server = await receiver(t);
  const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: memory, exportIntervalMillis: 1e6 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const exporter = to(server, { mode: 'eager', meterProvider });
  await exported(exporter, finished(5));
  server.behaves('old-415');
  await exported(exporter, finished(5));
  await reader.forceFlush();
  const metrics = memory.getMetrics().at(-1).scopeMetrics[0].metrics;
  const points = Object.fromEntries(
    metrics.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => [[descriptor.name, ...Object.values(attributes)].join(' '), value]),
    ),
  );
  const sent = server.headers.map((headers) => Number(headers['content-length']));
  assert.equal(points['tracezip.bytes out tracezip'], sent[0] + sent[1]);
  assert.equal(points['tracezip.bytes out gzip'], sent[2]);
  assert.ok(points['tracezip.bytes in tracezip'] > points['tracezip.bytes in gzip']);
  assert.ok(points['tracezip.time tracezip'] > 0);
  assert.equal(points['tracezip.downgrades 415'], 1);
  await meterProvider.shutdown();
});
