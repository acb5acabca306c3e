/**
 * OTLP over HTTP with Tracezip on the wire, for the OpenTelemetry SDK.
 *
 *     new BatchSpanProcessor(new TracezipSpanExporter())
 *
 * Needs @opentelemetry/api and @opentelemetry/otlp-transformer.
 */

import { diag } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';

import { seconds } from '../negotiation';
import { untilAcknowledged } from './retry';
import { Sender } from './sender';
import { settingsOf, type Settings, type TracezipExporterOptions } from './settings';
import { Turns } from './turns';

export type { Mode } from '../negotiation';
export type { Fallback, TracezipExporterOptions } from './settings';

/** ReadableSpan[] of whichever SDK the serializer belongs to. */
type Spans = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0];
/** ExportResult of @opentelemetry/core. */
type Result = { code: 0 | 1; error?: Error };

/** Sends spans as Tracezip to servers that say that they read it, and as gzip to all others. A SpanExporter. */
export class TracezipSpanExporter {
  readonly #settings: Settings;
  readonly #sender: Sender;
  readonly #turns: Turns;
  readonly #pending = new Set<Promise<void>>();
  #isShutDown = false;

  /** Throws a RangeError or TypeError for options that are wrong. */
  constructor(options: TracezipExporterOptions = {}) {
    this.#settings = settingsOf(options);
    this.#turns = new Turns(this.#settings.concurrencyLimit);
    this.#sender = new Sender(this.#settings, options.meterProvider);
  }

  /** Sends spans; `done` is called once: with code 0 when they were acknowledged, else with code 1 and an error. */
  export(spans: Spans, done: (result: Result) => void): void {
    const sending = this.#export(spans).then(
      () => done({ code: 0 }),
      (error: Error) => done({ code: 1, error }),
    );
    this.#pending.add(sending);
    void sending.finally(() => this.#pending.delete(sending));
  }

  /** Waits for all exports that have begun. */
  async forceFlush(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** Waits for all exports that have begun, and closes the connections. */
  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    await this.forceFlush();
    this.#sender.close();
  }

  async #export(spans: Spans): Promise<void> {
    if (this.#isShutDown) throw new Error('the exporter was shut down');
    const otlp = ProtobufTraceSerializer.serializeRequest(spans);
    if (otlp === undefined) throw new Error('the spans could not be serialized');
    await this.#turns.take();
    try {
      const deadline = seconds() + this.#settings.timeoutMillis / 1000;
      const { body } = await untilAcknowledged(() => this.#sender.send(otlp, deadline), deadline);
      warnOfRejected(body);
    } finally {
      this.#turns.give();
    }
  }
}

/** A server may take a part only, and says so in an answer that is otherwise empty. */
function warnOfRejected(body: Buffer): void {
  if (body.length === 0) return;
  try {
    const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(body);
    const { rejectedSpans, errorMessage } = partialSuccess ?? {};
    if (rejectedSpans || errorMessage) {
      diag.warn(`tracezip: the server rejected ${rejectedSpans ?? 0} spans: ${errorMessage ?? ''}`);
    }
  } catch {
    diag.debug('tracezip: the server acknowledged, with a body that is no ExportTraceServiceResponse');
  }
}
