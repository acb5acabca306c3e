'use strict';
// `node --require tracezip/register app.js`: an Express application under automatic instrumentation.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { setTimeout } = require('node:timers/promises');
const { test } = require('node:test');

const paths = require('./support/paths');
const { receiver } = require('./support/receiver');

const APP = path.join(paths.node, 'examples/express/app.js');

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** The application; `stop` sends a signal and gives back how it ended. */
async function start(t, env) {
  const PORT = String(await freePort());
  const app = spawn(process.execPath, ['--require', 'tracezip/register', APP], { cwd: paths.node, env: { ...process.env, PORT, ...env } });
  t.after(() => app.kill('SIGKILL'));
  app.stderr.pipe(process.stderr);
  await once(app.stdout, 'data');
  const stop = async (signal) => {
    app.kill(signal);
    return once(app, 'exit');
  };
  return { url: `http://localhost:${PORT}`, stop };
}

test('every span of an Express application arrives, once, as Tracezip', async (t) => {
  const server = await receiver(t);
  const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: server.url, OTEL_BSP_SCHEDULE_DELAY: '50', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const app = await start(t, env);
  for (let n = 0; n < 20; n += 1) {
    const response = await fetch(`${app.url}/orders/${n}`);
    assert.deepEqual(await response.json(), { order: String(n), stock: n % 3 });
    await setTimeout(20);
  }
  assert.deepEqual(await app.stop('SIGTERM'), [null, 'SIGTERM']);
  for (const name of ['GET /orders/:id', 'GET /stock/:id']) assert.equal(server.spans.get(name), 20, name);
  assert.equal(server.requests[0], 'gzip');
  assert.ok(server.requests.length > 2 && server.requests.slice(1).every((coding) => coding === 'tracezip'));
});

test('without an exporter nothing is sent', async (t) => {
  const server = await receiver(t);
  const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: server.url };
  const app = await start(t, env);
  await fetch(`${app.url}/stock/1`);
  await app.stop('SIGTERM');
  assert.deepEqual(server.requests, []);
});
