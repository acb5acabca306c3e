/** What was sent, as OpenTelemetry metrics. Without a MeterProvider they cost nothing and go nowhere. */

import { metrics, type Counter, type MeterProvider } from '@opentelemetry/api';

import { version } from '../index';

/** The counters of spec/negotiation.md. */
export class Counters {
  readonly #bytes: Counter;
  readonly #downgrades: Counter;
  readonly #time: Counter;
  readonly #errors: Counter;

  constructor(provider: MeterProvider = metrics.getMeterProvider()) {
    const meter = provider.getMeter('tracezip', version);
    const counter = (name: string, unit: string, description: string): Counter =>
      meter.createCounter(`tracezip.${name}`, { unit, description });
    this.#bytes = counter('bytes', 'By', 'Payload bytes given to the exporter (in) and sent (out), by coding');
    this.#downgrades = counter('downgrades', '{downgrade}', 'Times Tracezip was refused and left for a while, by status');
    this.#time = counter('time', 's', 'Time spent in compressing, by coding');
    this.#errors = counter('errors', '{error}', 'Payloads that could not be compressed');
  }

  /** A payload was coded, to be sent. */
  coded(coding: string, otlp: number, body: number, seconds: number): void {
    this.#bytes.add(otlp, { direction: 'in', coding });
    this.#bytes.add(body, { direction: 'out', coding });
    this.#time.add(seconds, { coding });
  }

  /** Tracezip was refused with this status. */
  downgraded(status: number): void {
    this.#downgrades.add(1, { reason: String(status) });
  }

  /** A payload could not be compressed; it goes out with the fallback. */
  failed(error: unknown): void {
    this.#errors.add(1, { 'error.type': error instanceof Error ? error.name : typeof error });
  }
}
