/** What the exporter sends and where to, from its options and the environment. */

import { readFileSync } from 'node:fs';
import type { AgentOptions as HttpAgentOptions } from 'node:http';
import type { AgentOptions as HttpsAgentOptions } from 'node:https';

import { diag, type MeterProvider } from '@opentelemetry/api';

import { MODES, type Mode } from '../negotiation';

export const FALLBACKS = ['gzip', 'deflate', 'none'] as const;
export type Fallback = (typeof FALLBACKS)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** Options of the exporter. They go before the environment; what neither says has the defaults of OpenTelemetry. */
export interface TracezipExporterOptions {
  /** Where to: the whole URL. OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT + /v1/traces. */
  url?: string;
  /** Header fields, beside those of OTEL_EXPORTER_OTLP_HEADERS and OTEL_EXPORTER_OTLP_TRACES_HEADERS. */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>);
  /** Milliseconds for one export with all its retries: 10,000. OTEL_EXPORTER_OTLP_TRACES_TIMEOUT, OTEL_EXPORTER_OTLP_TIMEOUT. */
  timeoutMillis?: number;
  /** What goes to servers that do not read Tracezip: gzip. OTEL_EXPORTER_OTLP_TRACES_COMPRESSION, OTEL_EXPORTER_OTLP_COMPRESSION. */
  compression?: Fallback;
  /** Most exports at a time: 30. What is more waits; its time begins when it begins. */
  concurrencyLimit?: number;
  /** Of the connections; `keepAlive` is on. OTEL_EXPORTER_OTLP_CERTIFICATE and its companions. */
  httpAgentOptions?: HttpAgentOptions | HttpsAgentOptions;
  /** auto: asks first. eager: begins with Tracezip. force: sends nothing else. off: sends none. TRACEZIP_MODE. */
  mode?: Mode;
  /** 1 (fast) to 9 (small, and slow): 3. TRACEZIP_LEVEL. */
  level?: number;
  /** For the counters; the global one if missing. */
  meterProvider?: MeterProvider;
}

/** All of them, known. */
export interface Settings {
  url: URL;
  headers: () => Promise<Record<string, string>>;
  timeoutMillis: number;
  fallback: Fallback;
  concurrencyLimit: number;
  agent: HttpsAgentOptions;
  mode: Mode;
  level: number;
}

/** Options, which must be right, before the environment, of which what is wrong is said and ignored. */
export function settingsOf(options: TracezipExporterOptions, env: Environment = process.env): Settings {
  const { mode, compression, level, headers } = options;
  if (mode !== undefined) check('mode', mode, MODES);
  if (compression !== undefined) check('compression', compression, FALLBACKS);
  if (level !== undefined && !(Number.isInteger(level) && level >= 1 && level <= 9)) {
    throw new RangeError(`level must be 1 to 9, not ${level}`);
  }
  const fixed = { ...headersOf(env, 'OTEL_EXPORTER_OTLP_HEADERS'), ...headersOf(env, 'OTEL_EXPORTER_OTLP_TRACES_HEADERS') };
  return {
    url: options.url === undefined ? endpointOf(env) : new URL(options.url),
    headers: async () => ({ ...fixed, ...(typeof headers === 'function' ? await headers() : headers) }),
    timeoutMillis: options.timeoutMillis ?? timeoutOf(env),
    fallback: compression ?? fallbackOf(env),
    concurrencyLimit: options.concurrencyLimit ?? 30,
    agent: { keepAlive: true, ...certificatesOf(env), ...options.httpAgentOptions },
    mode: mode ?? choice(env, 'TRACEZIP_MODE', MODES, 'auto'),
    level: level ?? Number(choice(env, 'TRACEZIP_LEVEL', [...'123456789'], '3')),
  };
}

function check(name: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) throw new RangeError(`${name} must be one of ${choices.join(', ')}, not ${value}`);
}

function choice<T extends string>(env: Environment, variable: string, choices: readonly T[], otherwise: T): T {
  const value = env[variable]?.trim().toLowerCase();
  if (!value) return otherwise;
  const found = choices.find((one) => one === value);
  if (found === undefined) ignored(variable, `must be one of ${choices.join(', ')}, not ${value}; using ${otherwise}`);
  return found ?? otherwise;
}

function ignored(variable: string, why: string): void {
  diag.warn(`tracezip: ${variable} ${why}`);
}

/** The first of the variables that is set: that of traces before that of all signals. */
function first(env: Environment, name: string): [variable: string, value: string] | undefined {
  for (const variable of [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`]) {
    const value = env[variable]?.trim();
    if (value) return [variable, value];
  }
  return undefined;
}

const DEFAULT_URL = 'http://localhost:4318/v1/traces';

function endpointOf(env: Environment): URL {
  const found = first(env, 'ENDPOINT');
  if (found === undefined) return new URL(DEFAULT_URL);
  const [variable, value] = found;
  const whole = variable.includes('TRACES') ? value : `${value.replace(/\/+$/, '')}/v1/traces`;
  if (URL.canParse(whole) && /^https?:/.test(whole)) return new URL(whole);
  ignored(variable, `is no URL of http or https: ${value}; using ${DEFAULT_URL}`);
  return new URL(DEFAULT_URL);
}

function timeoutOf(env: Environment): number {
  const [variable, value] = first(env, 'TIMEOUT') ?? [];
  const millis = Number(value ?? 10_000);
  if (millis > 0) return millis;
  ignored(variable as string, `must be a number of milliseconds, not ${value}; using 10000`);
  return 10_000;
}

function fallbackOf(env: Environment): Fallback {
  const [variable, value] = first(env, 'COMPRESSION') ?? [];
  if (variable === undefined || value === 'tracezip') return 'gzip';
  return choice(env, variable, FALLBACKS, 'gzip');
}

/** `name=value,name=value`, percent-encoded, as W3C baggage. */
function headersOf(env: Environment, variable: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of env[variable]?.split(',') ?? []) {
    const at = pair.indexOf('=');
    try {
      if (at > 0) headers[decoded(pair.slice(0, at)).toLowerCase()] = decoded(pair.slice(at + 1));
      else if (pair.trim()) throw new URIError();
    } catch {
      ignored(variable, 'has a part that is not name=value, percent-encoded; that part is ignored');
    }
  }
  return headers;
}

function decoded(text: string): string {
  return decodeURIComponent(text.trim());
}

function certificatesOf(env: Environment): HttpsAgentOptions {
  return {
    ca: fileOf(env, 'CERTIFICATE'),
    key: fileOf(env, 'CLIENT_KEY'),
    cert: fileOf(env, 'CLIENT_CERTIFICATE'),
  };
}

function fileOf(env: Environment, name: string): Buffer | undefined {
  const found = first(env, name);
  if (found === undefined) return undefined;
  try {
    return readFileSync(found[1]);
  } catch (error) {
    ignored(found[0], `cannot be read and is ignored: ${(error as Error).message}`);
    return undefined;
  }
}
