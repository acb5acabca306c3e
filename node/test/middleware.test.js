'use strict';
// The middleware in Express, plain http and Fastify, over HTTP.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const http = require('node:http');
const { buffer } = require('node:stream/consumers');
const { setTimeout } = require('node:timers/promises');
const { test } = require('node:test');
const zlib = require('node:zlib');

const express = require('express');
const fastify = require('fastify');
const { compressSync, TraceCompressor } = require('tracezip');
const { TracezipSpanExporter } = require('tracezip/exporter');
const { fastifyTracezip, tracezip } = require('tracezip/middleware');
const { read } = require('./support/data');
const { exported, finished } = require('./support/spans');

const MAX = 200_000;
const OTLP = Buffer.from('0a00'.repeat(500), 'hex');
const TYPE = 'application/x-protobuf';

/** Servers that echo what the application sees: its body, coding and length. */
const SERVERS = {
  express(options) {
    const app = express();
    // What comes before may take its time: the body is there when it is our turn.
    app.use((req, res, next) => setTimeout(5).then(() => next()));
    app.use(tracezip(options), express.raw({ type: TYPE, limit: MAX }));
    app.post('/v1/traces', (req, res) => {
      res.set({ 'x-coding': req.headers['content-encoding'] ?? 'none', 'x-length': req.headers['content-length'] });
      res.type(TYPE).send(req.body);
    });
    app.post('/says', (req, res) => res.set('Accept-Encoding', 'gzip, zstd').send(''));
    return http.createServer(app);
  },
  http(options) {
    const middleware = tracezip(options);
    const answer = async (req, res) => {
      const body = req.body ?? (await buffer(req));
      if (req.url === '/says') res.setHeader('Accept-Encoding', 'gzip, zstd');
      else if (req.url !== '/v1/traces') res.statusCode = 404;
      res.setHeader('x-coding', req.headers['content-encoding'] ?? 'none');
      res.setHeader('x-length', req.headers['content-length']);
      const plain = req.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(body) : body;
      res.end(plain);
    };
    return http.createServer((req, res) => middleware(req, res, (error) => (error ? res.destroy() : answer(req, res))));
  },
  fastify(options) {
    const app = fastify({ bodyLimit: 2 * MAX, serverFactory: (handler) => http.createServer(handler) });
    app.register(fastifyTracezip, options);
    app.addContentTypeParser(TYPE, { parseAs: 'buffer' }, (request, body, done) => done(null, body));
    app.post('/v1/traces', async ({ headers, body }, reply) => {
      reply.headers({ 'x-coding': headers['content-encoding'] ?? 'none', 'x-length': headers['content-length'] });
      return reply.type(TYPE).send(headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(body) : body);
    });
    app.post('/says', async (request, reply) => reply.header('Accept-Encoding', 'gzip, zstd').send(''));
    const { server } = app;
    return { listen: (port, host, done) => app.ready(() => server.listen(port, host, done)), address: () => server.address(), closeAllConnections: () => server.closeAllConnections(), close: () => (server.close(), app.close()) };
  },
};

for (const [name, make] of Object.entries(SERVERS)) {
  const serve = async (t, options = { maxSize: MAX }) => {
    const server = make(options);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => (server.closeAllConnections(), server.close()));
    return (path, body, coding = 'tracezip', headers = {}) =>
      post(`http://127.0.0.1:${server.address().port}${path}`, body, { 'content-type': TYPE, ...(coding && { 'content-encoding': coding }), ...headers });
  };

  test(`${name}: a frame is decoded`, async (t) => {
    const send = await serve(t);
    for (const otlp of [OTLP, Buffer.alloc(0), crypto.randomBytes(MAX)]) {
      const { status, headers, body } = await send('/v1/traces', compressSync(otlp), 'TraceZip');
      assert.deepEqual([status, headers['x-coding'], headers['x-length']], [200, 'none', String(otlp.length)]);
      assert.ok(body.equals(otlp));
      assert.equal(headers['accept-encoding'], 'tracezip, gzip');
    }
  });

  test(`${name}: what is not ours goes through`, async (t) => {
    const send = await serve(t);
    for (const [coding, body] of [['', OTLP], ['gzip', zlib.gzipSync(OTLP)]]) {
      const response = await send('/v1/traces', body, coding);
      assert.ok(response.body.equals(OTLP));
      assert.equal(response.headers['accept-encoding'], 'tracezip, gzip');
    }
  });

  test(`${name}: a body in chunks`, async (t) => {
    const send = await serve(t);
    const { status, body } = await send('/v1/traces', compressSync(OTLP), 'tracezip', { 'transfer-encoding': 'chunked' });
    assert.equal(status, 200);
    assert.ok(body.equals(OTLP));
  });

  test(`${name}: every response advertises, errors too`, async (t) => {
    const send = await serve(t);
    const missing = await send('/nowhere', OTLP, '');
    assert.deepEqual([missing.status, missing.headers['accept-encoding']], [404, 'tracezip, gzip']);
    assert.equal((await send('/says', OTLP, '')).headers['accept-encoding'], 'tracezip, gzip, zstd');
    const bare = await serve(t, { others: '' });
    assert.equal((await bare('/v1/traces', OTLP, '')).headers['accept-encoding'], 'tracezip');
  });

  const frame = compressSync(OTLP);
  const compressor = new TraceCompressor({ maxStateBytes: 1 << 30, minBatchSize: 0 });
  const REFUSED = {
    'a damaged frame': [frame.subarray(0, -1), 400, /cut short/],
    'no frame': [OTLP, 400, /not a Tracezip frame/],
    'a newer version': [read('bad-version.tracezip'), 415, /newer version/],
    'one byte too long': [compressSync(Buffer.alloc(MAX + 1)), 413, /max/],
    'a long body': [crypto.randomBytes(MAX + 17), 413, /a body of more than 200016 bytes/],
    'more state than is kept': [compressor.compressSync(OTLP), 415, /state/],
  };
  for (const [what, [body, status, text]] of Object.entries(REFUSED)) {
    test(`${name}: ${what} is refused with ${status}`, async (t) => {
      const send = await serve(t);
      const response = await send('/v1/traces', body);
      assert.equal(response.status, status, response.body.toString());
      assert.match(response.body.toString(), text);
      assert.equal(response.headers['accept-encoding'], 'tracezip, gzip');
      const chunked = await send('/v1/traces', body, 'tracezip', { 'transfer-encoding': 'chunked' });
      assert.equal(chunked.status, status);
    });
  }

  test(`${name}: a body without an end is answered`, async (t) => {
    const send = await serve(t);
    const { status } = await send('/v1/traces', crypto.randomBytes(20e6), 'tracezip', { 'transfer-encoding': 'chunked' });
    assert.equal(status, 413);
  });

  test(`${name}: a sender that goes away`, async (t) => {
    const server = make();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => (server.closeAllConnections(), server.close()));
    const url = `http://127.0.0.1:${server.address().port}/v1/traces`;
    const headers = { 'content-type': TYPE, 'content-encoding': 'tracezip', 'content-length': '1000' };
    const request = http.request(url, { method: 'POST', headers, agent: false });
    request.on('error', () => {});
    request.write(compressSync(OTLP).subarray(0, 5));
    await setTimeout(30);
    request.destroy();
    const { status } = await post(url, compressSync(OTLP), { 'content-type': TYPE, 'content-encoding': 'tracezip' });
    assert.equal(status, 200);
  });

  test(`${name}: our exporter goes over to Tracezip`, async (t) => {
    const server = make();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => (server.closeAllConnections(), server.close()));
    const exporter = new TracezipSpanExporter({ url: `http://127.0.0.1:${server.address().port}/v1/traces` });
    for (let n = 0; n < 3; n += 1) assert.equal((await exported(exporter, finished(20))).code, 0);
    await exporter.shutdown();
  });
}

/** Without an agent: a refusal may come while the body is still being sent. */
function post(url, body, headers) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', headers, agent: false }, async (response) => {
      const { statusCode: status, headers } = response;
      resolve({ status, headers, body: await buffer(response) });
    });
    request.on('error', reject);
    if (headers['transfer-encoding']) request.write(body.subarray(0, 3));
    request.end(headers['transfer-encoding'] ? body.subarray(3) : body);
  });
}
