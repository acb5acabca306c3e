/**
 * Whether the other side reads Tracezip: the state machine of spec/negotiation.md. No input or output here.
 *
 *     const negotiation = new Negotiation('auto');
 *     const tracezip = negotiation.choose();             // send a frame, or the fallback?
 *     if (negotiation.answered(tracezip, answer))        // refused:
 *       negotiation.answeredAgain(second);               // the same payload with the fallback
 */

/** The name of the coding. */
export const TOKEN = 'tracezip';

export const MODES = ['auto', 'eager', 'force', 'off'] as const;
export type Mode = (typeof MODES)[number];
export type State = 'ask' | 'on' | 'off';

/** What came back: a status, or undefined if no answer came, and whether it advertises Tracezip. */
export interface Answer {
  status: number | undefined;
  advertises: boolean;
}

export const LOST: Answer = Object.freeze({ status: undefined, advertises: false });

/** HTTP statuses after which the same payload is sent with the fallback. */
const REFUSALS: ReadonlySet<number> = new Set([400, 406, 415, 422, 500, 501]);
/** Seconds for which the fallback is sent after a first refusal; it doubles with each. */
const FIRST_WAIT = 600;
const LONGEST_WAIT = 86_400;
const JITTER = 0.1;

/** The class of an answer. */
export function classify(status: number | undefined): 'acknowledged' | 'refused' | 'other' | 'lost' {
  if (status === undefined) return 'lost';
  if (REFUSALS.has(status)) return 'refused';
  return status >= 200 && status < 300 ? 'acknowledged' : 'other';
}

/** Whether the Accept-Encoding fields of a response name Tracezip. */
export function advertises(fields: readonly string[]): boolean {
  return fields.some((field) => field.split(',').some(isOffer));
}

function isOffer(element: string): boolean {
  const [token, ...parameters] = element.split(';').map((part) => part.trim().toLowerCase());
  const weights = parameters.map((parameter) => parameter.split('=')).filter(([name]) => name?.trim() === 'q');
  return token === TOKEN && !weights.some(([, weight]) => /^0*(\.0*)?$/.test(weight?.trim() ?? ''));
}

/** What tests replace. */
export interface Surroundings {
  /** Seconds of a clock that never goes back. */
  now?: () => number;
  /** A random number from -0.1 to 0.1. */
  jitter?: () => number;
}

/** One machine for each endpoint. Many calls may run at once. */
export class Negotiation {
  readonly #mode: Mode;
  readonly #now: () => number;
  readonly #jitter: () => number;
  #state: State | undefined;
  #refusals = 0;
  #until = 0;
  #advertised = false;

  constructor(mode: Mode, { now = seconds, jitter = chance }: Surroundings = {}) {
    [this.#mode, this.#now, this.#jitter] = [mode, now, jitter];
    if (mode === 'auto') this.#state = 'ask';
    if (mode === 'eager') this.#state = 'on';
  }

  /** Undefined in the modes force and off, which have no states. */
  get state(): State | undefined {
    return this.#state;
  }

  /** In the state off: until when, in seconds of the clock. */
  get until(): number | undefined {
    return this.#state === 'off' ? this.#until : undefined;
  }

  /** Begins a call: whether to send Tracezip. */
  choose(): boolean {
    if (this.#state === 'off' && this.#now() >= this.#until) {
      this.#state = this.#advertised || this.#mode === 'eager' ? 'on' : 'ask';
    }
    return this.#mode === 'force' || this.#state === 'on';
  }

  /** Takes the first answer: whether to send the same payload again, with the fallback. */
  answered(tracezip: boolean, answer: Answer): boolean {
    if (this.#state === undefined) return false;
    const kind = classify(answer.status);
    if (!tracezip) {
      if (this.#state === 'ask' && answer.advertises) this.#state = 'on';
      else if (this.#state === 'off' && kind !== 'lost') this.#advertised = answer.advertises;
    } else if (kind === 'acknowledged' && this.#state === 'on') {
      if (answer.advertises) this.#refusals = 0;
      else this.#state = 'ask';
    }
    return tracezip && kind === 'refused';
  }

  /** Takes the second answer: whether Tracezip was the reason for the refusal, and is left for a while. */
  answeredAgain(answer: Answer): boolean {
    if (classify(answer.status) === 'refused' || this.#state !== 'on') return false;
    this.#refusals += 1;
    const wait = Math.min(FIRST_WAIT * 2 ** (this.#refusals - 1), LONGEST_WAIT);
    [this.#state, this.#advertised] = ['off', answer.advertises];
    this.#until = this.#now() + wait * (1 + this.#jitter());
    return true;
  }
}

/** The default clock. */
export function seconds(): number {
  return performance.now() / 1000;
}

function chance(): number {
  return (2 * Math.random() - 1) * JITTER;
}
