/** The retry rules of OTLP/HTTP. */

import { setTimeout } from 'node:timers/promises';

import { classify, seconds } from '../negotiation';
import type { Response } from './connection';
import type { Outcome } from './sender';

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const RETRYABLE_ERRORS: ReadonlySet<string | undefined> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 5000;
const GROWTH = 1.5;
const JITTER = 0.2;

/** Sends until it is acknowledged; throws what the last answer was if it is final, or if there is no time for another try. */
export async function untilAcknowledged(send: () => Promise<Outcome>, deadline: number): Promise<Response> {
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * GROWTH, LONGEST_WAIT)) {
    const outcome = await send();
    if (classify(outcome.response?.status) === 'acknowledged') return outcome.response as Response;
    const pause = outcome.response?.retryAfter ?? wait * (1 + JITTER * (2 * Math.random() - 1));
    if (!isRetryable(outcome) || seconds() + pause / 1000 >= deadline) throw errorOf(outcome);
    await setTimeout(pause);
  }
}

function isRetryable({ response, error }: Outcome): boolean {
  if (response) return RETRYABLE_STATUSES.has(response.status);
  return RETRYABLE_ERRORS.has((error as NodeJS.ErrnoException).code);
}

function errorOf({ response, error }: Outcome): Error {
  if (error) return error;
  const text = response.body.toString('utf8', 0, 200).replace(/[^\x20-\x7e]+/g, ' ').trim();
  return Object.assign(new Error(`the server answered ${response.status}${text && `: ${text}`}`), { code: response.status });
}
