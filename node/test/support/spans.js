'use strict';
// Spans of the OpenTelemetry SDK.

const { BasicTracerProvider, BatchSpanProcessor, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');

/** A tracer that exports each span, or batches of so many; `finish` sends what is left. */
function tracer(exporter, batch) {
  const processor = batch
    ? new BatchSpanProcessor(exporter, { maxExportBatchSize: batch, maxQueueSize: 100_000, scheduledDelayMillis: 20 })
    : new SimpleSpanProcessor(exporter);
  const provider = new BasicTracerProvider({ spanProcessors: [processor] });
  return { tracer: provider.getTracer('test'), flush: () => provider.forceFlush(), finish: () => provider.shutdown() };
}

/** Spans with these names. */
function make({ tracer }, from, to) {
  for (let name = from; name < to; name += 1) tracer.startSpan(String(name), { attributes: { number: name } }).end();
}

/** One after the other: each is acknowledged before the next is made. */
async function makeSlowly(traces, from, to) {
  for (let name = from; name < to; name += 1) {
    make(traces, name, name + 1);
    await traces.flush();
  }
}

/** What a receiver that lost and doubled nothing has seen. */
function once(count) {
  return new Map(Array.from({ length: count }, (_, name) => [String(name), 1]));
}

/** Finished spans, for exporters that are called directly. */
function finished(count) {
  const spans = [];
  const sink = { export: (more, done) => (spans.push(...more), done({ code: 0 })), shutdown: async () => {}, forceFlush: async () => {} };
  make(tracer(sink), 0, count);
  return spans;
}

/** The result of one export. */
function exported(exporter, spans) {
  return new Promise((resolve) => exporter.export(spans, resolve));
}

module.exports = { exported, finished, make, makeSlowly, once, tracer };
