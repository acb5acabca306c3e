/** One request, one answer. */

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';

import { version } from '../index';
import { advertises } from '../negotiation';
import type { Settings } from './settings';

/** Most bytes of an answer that are kept. */
const MAX_ANSWER = 4 << 20;

/** What a server said. */
export interface Response {
  status: number;
  advertises: boolean;
  /** Milliseconds to wait before the next try, if it says. */
  retryAfter: number | undefined;
  body: Buffer;
}

/** Connections to one endpoint, kept alive. */
export class Connection {
  readonly #settings: Settings;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#agent = settings.url.protocol === 'https:' ? new HttpsAgent(settings.agent) : new HttpAgent(settings.agent);
  }

  /** Posts a body. Rejects if no answer begins within `millis`, or no connection can be had. */
  async post(body: Uint8Array, coding: string, millis: number): Promise<Response> {
    const headers = {
      'user-agent': `tracezip-node/${version}`,
      ...(await this.#settings.headers()),
      'content-type': 'application/x-protobuf',
      'content-length': String(body.length),
      ...(coding === 'none' ? {} : { 'content-encoding': coding }),
    };
    return exchange(this.#settings.url, { method: 'POST', headers, agent: this.#agent }, body, millis);
  }

  /** Closes what is open. */
  close(): void {
    this.#agent.destroy();
  }
}

function exchange(url: URL, options: RequestOptions, body: Uint8Array, millis: number): Promise<Response> {
  const deadline = performance.now() + millis;
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, options, (message) => void read(message).then(resolve));
    const late = Object.assign(new Error(`no answer of ${url.host} within the time-out`), { code: 'ETIMEDOUT' });
    const timer = setTimeout(() => request.destroy(late), millis);
    request.on('close', () => clearTimeout(timer));
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server had closed a kept connection while we took it up: no reason to wait as after a failure.
      const isStale = request.reusedSocket && error.code === 'ECONNRESET';
      if (isStale) resolve(exchange(url, options, body, deadline - performance.now()));
      else reject(error);
    });
    request.end(body);
  });
}

/** Once the status is there it counts, whatever becomes of the rest: what was acknowledged must not be sent again. */
function read(message: IncomingMessage): Promise<Response> {
  const parts: Buffer[] = [];
  let size = 0;
  message.on('data', (part: Buffer) => {
    size += part.length;
    if (size <= MAX_ANSWER) parts.push(part);
  });
  message.on('error', () => {});
  return new Promise((resolve) => {
    message.on('close', () =>
      resolve({
        status: message.statusCode ?? 0,
        advertises: advertises([message.headers['accept-encoding'] ?? ''].flat()),
        retryAfter: retryAfter(message.headers['retry-after']),
        body: Buffer.concat(parts),
      }),
    );
  });
}

/** Seconds, or a date. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const millis = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(millis) ? undefined : Math.max(millis, 0);
}
