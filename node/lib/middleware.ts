/**
 * Tracezip in front of a server that receives OTLP: Express, Connect, plain http, Fastify.
 *
 * Requests with `Content-Encoding: tracezip` are decoded, within limits; all others go through as they are. Every response
 * says that the server reads Tracezip, which is what senders wait for.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

import { TracezipError } from './errors';
import { decompress, decompressedLength } from './oneshot';
import { TOKEN } from './negotiation';

export interface MiddlewareOptions {
  /** Most bytes of a decoded request; more is answered with 413. Default: 64 MiB. */
  maxSize?: number;
  /** The other codings that the server reads, for the advertisement; '' for none. Default: 'gzip'. */
  others?: string;
}

/** A request that is not taken, with a status after which clients do the right thing (spec/negotiation.md). */
class Refusal extends Error {
  readonly code = 'ERR_TRACEZIP_REFUSED';

  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** A frame is at most so many bytes longer than its input. */
const HEADER_ROOM = 16;

class Receiver {
  readonly #maxSize: number;
  readonly #others: string;

  constructor({ maxSize = 64 << 20, others = 'gzip' }: MiddlewareOptions = {}) {
    [this.#maxSize, this.#others] = [maxSize, others];
  }

  /** Reads and decodes a body. Rejects with a Refusal, or with the error of the stream. */
  async decode(body: Readable, contentLength: string | undefined): Promise<Buffer> {
    const limit = this.#maxSize + HEADER_ROOM;
    if (Number(contentLength ?? 0) > limit) throw tooLong(limit);
    const frame = await collect(body, limit);
    try {
      return await decompress(frame, { maxSize: this.#maxSize });
    } catch (error) {
      if (!(error instanceof TracezipError)) throw error;
      throw new Refusal(this.#status(error, frame), `Content-Encoding tracezip: ${error.message}`);
    }
  }

  /** The Accept-Encoding of a response of which the application has said this. */
  advertisement(said: string | undefined): string {
    const others = said ?? this.#others;
    const codings = others.split(',').map((coding) => coding.split(';')[0]?.trim().toLowerCase());
    if (codings.includes(TOKEN)) return others;
    return others ? `${TOKEN}, ${others}` : TOKEN;
  }

  #status(error: TracezipError, frame: Buffer): number {
    if (error.code === 'TRACEZIP_LIMIT_EXCEEDED') return decompressedLength(frame) > this.#maxSize ? 413 : 415;
    return error.code === 'TRACEZIP_UNSUPPORTED_VERSION' ? 415 : 400;
  }
}

function tooLong(limit: number): Refusal {
  return new Refusal(413, `a body of more than ${limit} bytes`);
}

/** All of a body. What is too long is read on and dropped: closing the connection now would take the answer with it. */
function collect(body: Readable, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    body.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= limit) parts.push(part);
      else reject(tooLong(limit));
    });
    body.on('end', () => resolve(Buffer.concat(parts)));
    body.on('error', reject);
    body.on('close', () => reject(new Error('the connection was closed before the end of the request')));
  });
}

function isTracezip({ headers }: IncomingMessage): boolean {
  return headers['content-encoding']?.trim().toLowerCase() === TOKEN;
}

/** The request is now what it would be without Tracezip. */
function rewriteHeaders({ headers }: IncomingMessage, length: number): void {
  delete headers['content-encoding'];
  delete headers['transfer-encoding'];
  headers['content-length'] = String(length);
}

type Next = (error?: unknown) => void;

/**
 * For Express, Connect and plain http. `req.body` of a decoded request is a Buffer; put `express.raw()` behind it for
 * all other codings: `app.use(tracezip(), express.raw({ type: 'application/x-protobuf' }))`.
 */
export function tracezip(options?: MiddlewareOptions): (req: IncomingMessage, res: ServerResponse, next: Next) => void {
  const receiver = new Receiver(options);
  return (req, res, next) => {
    advertise(res, receiver);
    if (!isTracezip(req)) return next();
    receiver.decode(req, req.headers['content-length']).then(
      (otlp) => {
        rewriteHeaders(req, otlp.length);
        // `_body` tells body-parser of Express 4 that there is nothing left to read.
        Object.assign(req, { body: otlp, _body: true });
        next();
      },
      (error: unknown) => (error instanceof Refusal ? refuse(res, error) : next(error)),
    );
  };
}

/** At the last moment, so that nothing the application says can take it away. */
function advertise(res: ServerResponse, receiver: Receiver): void {
  const writeHead = res.writeHead;
  res.writeHead = function (this: ServerResponse, ...head: unknown[]) {
    const said = this.getHeader('accept-encoding');
    this.setHeader('Accept-Encoding', receiver.advertisement(said === undefined ? undefined : String(said)));
    return Reflect.apply(writeHead, this, head);
  } as typeof writeHead;
}

/** Closes the connection after it, as the rest of the request may be unread. */
function refuse(res: ServerResponse, { statusCode, message }: Refusal): void {
  const text = Buffer.from(`${message}\n`);
  res.writeHead(statusCode, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': text.length,
    ...(statusCode === 413 ? { Connection: 'close' } : {}),
  });
  res.end(text);
}

/** What is used of a Fastify instance. */
interface Fastify {
  addHook(name: string, hook: (...args: never[]) => Promise<unknown>): unknown;
}
interface FastifyRequest {
  raw: IncomingMessage;
}
interface FastifyReply {
  getHeader(name: string): unknown;
  header(name: string, value: string): unknown;
}

/**
 * A Fastify plugin, for all routes: `await app.register(fastifyTracezip)`. The parsers of the application see plain
 * OTLP; its `bodyLimit` (1 MiB, unless set) counts for what is decoded, too.
 */
export const fastifyTracezip = Object.assign(
  async (app: Fastify, options?: MiddlewareOptions): Promise<void> => {
    const receiver = new Receiver(options);
    app.addHook('onSend', async (_request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
      const said = reply.getHeader('accept-encoding');
      reply.header('accept-encoding', receiver.advertisement(said === undefined ? undefined : String(said)));
      return payload;
    });
    app.addHook('preParsing', async ({ raw }: FastifyRequest, _reply: FastifyReply, payload: Readable) => {
      if (!isTracezip(raw)) return payload;
      const otlp = await receiver.decode(payload, raw.headers['content-length']);
      rewriteHeaders(raw, otlp.length);
      return Readable.from([otlp], { objectMode: false });
    });
  },
  // Fastify's own mark of plugins whose hooks are for the whole application.
  { [Symbol.for('skip-override')]: true },
);
