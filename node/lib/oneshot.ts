/** Frames that stand alone, after the manner of node:zlib. */

import { setMaxListeners } from 'node:events';

import { Cancellation, Coder, Decoder, decompressedLen, type Failure } from '../native';
import { held, type Dictionary } from './dictionary';
import { unwrap } from './errors';
import { borrowed, owned, type Input } from './input';

/** How to compress. */
export interface CompressOptions {
  /** 1 (fast) to 9 (small, and slow). Default: 3. */
  level?: number;
  /** What the frame begins with; whoever reads it must hold it too. */
  dictionary?: Dictionary;
}

/** What to accept. */
export interface Limits {
  /** Most bytes that a frame may decode to. Default: 64 MiB. */
  maxSize?: number;
  /** Most bytes of state that a frame may ask for. Default: 8 MiB. */
  maxStateBytes?: number;
}

/** What to accept of a frame that stands alone. */
export interface DecompressOptions extends Limits {
  /** What the frame may have been made with. */
  dictionary?: Dictionary;
}

/** For calls that end later. */
export interface Abortable {
  /** Rejects the promise with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Compresses any bytes, best a serialized ExportTraceServiceRequest, into a frame that stands alone, off the event loop.
 *
 * Rejects with a TracezipError when an option is out of range.
 */
export async function compress(data: Input, options: CompressOptions & Abortable = {}): Promise<Buffer> {
  return abortable(coder(options), data, options.signal);
}

/** {@link compress}, now. */
export function compressSync(data: Input, options: CompressOptions = {}): Buffer {
  return unwrap(coder(options).run(borrowed(data)));
}

/**
 * Gives back what was compressed into a frame that stands alone, off the event loop.
 *
 * Rejects with a TracezipError when the frame is cut, damaged, from a newer version, over a limit or part of a stream.
 */
export async function decompress(frame: Input, options: DecompressOptions & Abortable = {}): Promise<Buffer> {
  return abortable(decoder(options), frame, options.signal);
}

/** {@link decompress}, now. */
export function decompressSync(frame: Input, options: DecompressOptions = {}): Buffer {
  return unwrap(decoder(options).run(borrowed(frame)));
}

/** The length in bytes that a frame says its original has; throws as `decompressSync` does, for the header alone. */
export function decompressedLength(frame: Input): number {
  return unwrap(decompressedLen(borrowed(frame)));
}

interface Call {
  start(data: Uint8Array, cancellation?: Cancellation): Promise<Buffer | Failure>;
}

const DEFAULT_CODER = unwrap(Coder.of({}));
const DEFAULT_DECODER = unwrap(Decoder.of({}));

function coder({ level, dictionary }: CompressOptions): Coder {
  if (level === undefined && dictionary === undefined) return DEFAULT_CODER;
  return unwrap(Coder.of({ level }, held(dictionary)));
}

function decoder({ maxSize, maxStateBytes, dictionary }: DecompressOptions): Decoder {
  if (maxSize === undefined && maxStateBytes === undefined && dictionary === undefined) return DEFAULT_DECODER;
  return unwrap(Decoder.of({ maxSize, maxStateBytes }, held(dictionary)));
}

/** Rejects as soon as the signal says so; work that waits for a thread then costs nothing, work that runs is left alone. */
async function abortable(call: Call, data: Input, signal?: AbortSignal): Promise<Buffer> {
  signal?.throwIfAborted();
  if (signal === undefined) return unwrap(await call.start(await owned(data)));
  // Many calls with one signal are no leak, which Node would warn of.
  setMaxListeners(0, signal);
  const cancellation = new Cancellation();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      cancellation.cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  const work = async (): Promise<Buffer> => unwrap(await call.start(await owned(data), cancellation));
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
