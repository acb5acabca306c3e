/** Sends a payload, once or, when Tracezip is refused, twice: spec/negotiation.md with input and output. */

import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';

import { diag, type MeterProvider } from '@opentelemetry/api';

import { compress } from '../index';
import { LOST, Negotiation, seconds, TOKEN, type Answer } from '../negotiation';
import { Connection, type Response } from './connection';
import { Counters } from './counters';
import type { Fallback, Settings } from './settings';

/** What became of sending: a response, or the error that came instead. */
export type Outcome = { response: Response; error?: undefined } | { response?: undefined; error: Error };

const FALLBACK: Record<Fallback, (otlp: Uint8Array) => Promise<Uint8Array>> = {
  gzip: promisify<Uint8Array, Buffer>(gzip),
  deflate: promisify<Uint8Array, Buffer>(deflate),
  none: async (otlp) => otlp,
};

/** To one endpoint. */
export class Sender {
  readonly #settings: Settings;
  readonly #connection: Connection;
  readonly #negotiation: Negotiation;
  readonly #counters: Counters;

  constructor(settings: Settings, meterProvider?: MeterProvider) {
    this.#settings = settings;
    this.#connection = new Connection(settings);
    this.#negotiation = new Negotiation(settings.mode);
    this.#counters = new Counters(meterProvider);
  }

  /** Sends a payload before the deadline, in seconds of the clock. Never rejects. */
  async send(otlp: Uint8Array, deadline: number): Promise<Outcome> {
    const frame = this.#negotiation.choose() ? await this.#frame(otlp) : undefined;
    const body = frame ?? (await this.#fallback(otlp));
    const first = await this.#attempt(body, frame ? TOKEN : this.#settings.fallback, deadline);
    if (!this.#negotiation.answered(frame !== undefined, answerOf(first))) return first;
    const second = await this.#attempt(await this.#fallback(otlp), this.#settings.fallback, deadline);
    if (this.#negotiation.answeredAgain(answerOf(second))) this.#downgraded(first.response?.status ?? 0);
    return second;
  }

  /** Closes the connections. */
  close(): void {
    this.#connection.close();
  }

  async #attempt(body: Uint8Array, coding: string, deadline: number): Promise<Outcome> {
    const millis = (deadline - seconds()) * 1000;
    if (millis <= 0) return { error: Object.assign(new Error('no time left to send'), { code: 'ETIMEDOUT' }) };
    try {
      return { response: await this.#connection.post(body, coding, millis) };
    } catch (error) {
      return { error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  /** A frame; nothing if that fails, as the payload must go out whatever happens. */
  async #frame(otlp: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await this.#coded(TOKEN, otlp, (bytes) => compress(bytes, { level: this.#settings.level }));
    } catch (error) {
      diag.warn(`tracezip: a payload could not be compressed and goes as ${this.#settings.fallback}: ${String(error)}`);
      this.#counters.failed(error);
      return undefined;
    }
  }

  #fallback(otlp: Uint8Array): Promise<Uint8Array> {
    return this.#coded(this.#settings.fallback, otlp, FALLBACK[this.#settings.fallback]);
  }

  async #coded(coding: string, otlp: Uint8Array, code: (otlp: Uint8Array) => Promise<Uint8Array>): Promise<Uint8Array> {
    const start = seconds();
    const body = await code(otlp);
    this.#counters.coded(coding, otlp.length, body.length, seconds() - start);
    return body;
  }

  #downgraded(status: number): void {
    this.#counters.downgraded(status);
    const minutes = Math.round(((this.#negotiation.until ?? 0) - seconds()) / 60);
    const { fallback } = this.#settings;
    diag.warn(`tracezip: the server answered ${status} to Tracezip; sending ${fallback} for ${minutes} min. Nothing was lost`);
  }
}

function answerOf({ response }: Outcome): Answer {
  return response ?? LOST;
}
