'use strict';
// Options and variables of the exporter.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');

const { diag, DiagLogLevel } = require('@opentelemetry/api');
const { settingsOf } = require('../dist/exporter/settings');
const paths = require('./support/paths');

/** The settings, and what was warned of. */
function of(env, options = {}) {
  const said = [];
  diag.setLogger({ warn: (text) => said.push(text), error() {}, info() {}, debug() {}, verbose() {} }, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const settings = settingsOf(options, env);
  diag.disable();
  return { ...settings, url: settings.url.href, said: said.join('\n') };
}

test('defaults', async () => {
  const settings = of({});
  const { url, timeoutMillis, fallback, mode, level, concurrencyLimit } = settings;
  assert.deepEqual(
    { url, timeoutMillis, fallback, mode, level, concurrencyLimit },
    { url: 'http://localhost:4318/v1/traces', timeoutMillis: 10_000, fallback: 'gzip', mode: 'auto', level: 3, concurrencyLimit: 30 },
  );
  assert.deepEqual(await settings.headers(), {});
  assert.ok(settings.agent.keepAlive);
});

test('the endpoint', () => {
  assert.equal(of({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318' }).url, 'http://a:4318/v1/traces');
  assert.equal(of({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://a/otlp/' }).url, 'https://a/otlp/v1/traces');
  const both = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://b/here' };
  assert.equal(of(both).url, 'http://b/here');
  assert.equal(of(both, { url: 'http://c/' }).url, 'http://c/');
  const wrong = of({ OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' });
  assert.equal(wrong.url, 'http://localhost:4318/v1/traces');
  assert.match(wrong.said, /OTEL_EXPORTER_OTLP_ENDPOINT is no URL/);
  assert.throws(() => settingsOf({ url: 'nonsense' }), TypeError);
});

test('header fields', async () => {
  const env = { OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, X-Two = 2', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-two=3,nonsense' };
  const settings = of(env, { headers: async () => ({ own: '1' }) });
  assert.deepEqual(await settings.headers(), { 'api-key': 'a b', 'x-two': '3', own: '1' });
  assert.match(settings.said, /OTEL_EXPORTER_OTLP_TRACES_HEADERS has a part/);
});

test('time-out, fallback, mode, level', () => {
  const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '500', OTEL_EXPORTER_OTLP_COMPRESSION: 'none', TRACEZIP_MODE: 'Eager', TRACEZIP_LEVEL: '9' };
  const { timeoutMillis, fallback, mode, level } = of(env);
  assert.deepEqual([timeoutMillis, fallback, mode, level], [500, 'none', 'eager', 9]);
  assert.equal(of({ OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'tracezip' }).fallback, 'gzip');
  const wrong = of({ OTEL_EXPORTER_OTLP_TIMEOUT: 'soon', OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd', TRACEZIP_MODE: 'maybe', TRACEZIP_LEVEL: '0' });
  assert.deepEqual([wrong.timeoutMillis, wrong.fallback, wrong.mode, wrong.level], [10_000, 'gzip', 'auto', 3]);
  for (const variable of ['TIMEOUT', 'COMPRESSION', 'MODE', 'LEVEL']) assert.match(wrong.said, new RegExp(variable));
});

test('certificates', () => {
  const license = path.join(paths.root, 'LICENSE');
  const settings = of({ OTEL_EXPORTER_OTLP_CERTIFICATE: license, OTEL_EXPORTER_OTLP_CLIENT_KEY: '/no/such/key' });
  assert.match(settings.agent.ca.toString(), /Apache/);
  assert.equal(settings.agent.key, undefined);
  assert.match(settings.said, /OTEL_EXPORTER_OTLP_CLIENT_KEY cannot be read/);
});

for (const options of [{ mode: 'always' }, { compression: 'zstd' }, { level: 10 }]) {
  test(`options that are wrong: ${JSON.stringify(options)}`, () => {
    assert.throws(() => settingsOf(options), { name: 'RangeError', message: new RegExp(Object.keys(options)[0]) });
  });
}
