'use strict';
// Makes spans, and sends each to two receivers: with Tracezip to the first, with the stock exporter to the second.
//
// node sdk.cjs http://agent/v1/traces http://control/v1/traces 1000

const { createRequire } = require('node:module');
const path = require('node:path');

// As a file of the package, which knows itself by its name.
const load = createRequire(path.join(__dirname, '../../../../node/sdk.cjs'));
const { context, SpanKind, SpanStatusCode, trace } = load('@opentelemetry/api');
const { OTLPTraceExporter } = load('@opentelemetry/exporter-trace-otlp-proto');
const { resourceFromAttributes } = load('@opentelemetry/resources');
const { BasicTracerProvider, BatchSpanProcessor } = load('@opentelemetry/sdk-trace-base');
const { TracezipSpanExporter } = load('tracezip/exporter');

const [url, control, count] = process.argv.slice(2);
const BATCH = 100;
const provider = new BasicTracerProvider({
  forceFlushTimeoutMillis: 120_000,
  resource: resourceFromAttributes({ 'service.name': 'shop', 'service.version': '1.2.3', 'process.pid': 4711 }),
  spanProcessors: [new TracezipSpanExporter({ url }), new OTLPTraceExporter({ url: control })].map((exporter) => new BatchSpanProcessor(exporter)),
});
const tracer = provider.getTracer('shop.cart', '0.9');
const elsewhere = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1, isRemote: true };

/** Three spans. */
function order(number) {
  const links = [{ context: elsewhere, attributes: { why: 'retry' } }];
  const server = tracer.startSpan('GET /cart', { kind: SpanKind.SERVER, links });
  server.setAttributes({ 'http.status_code': 200, user: `anna-${number % 7}`, ratio: number / 3, vip: number % 2 === 0 });
  const inside = trace.setSpan(context.active(), server);
  const client = tracer.startSpan('SELECT carts', { kind: SpanKind.CLIENT }, inside);
  client.setAttributes({ 'db.rows': [number, 2, 3], 'db.statement': 'SELECT * FROM carts WHERE user = ?', größe: 'µ' });
  client.addEvent('fetched', { rows: number });
  client.end();
  const internal = tracer.startSpan('render', {}, inside);
  if (number % 10 === 0) {
    internal.recordException(new Error(`no template for ${number}`));
    internal.setStatus({ code: SpanStatusCode.ERROR, message: 'no template' });
  }
  internal.end();
  server.end();
}

async function main() {
  for (let number = 0; number < Math.floor(count / 3); number++) {
    order(number);
    if (number % Math.floor(BATCH / 3) === 0) await provider.forceFlush();
  }
  await provider.shutdown();
}

main();
