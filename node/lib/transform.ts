/**
 * Streams, of Node and of the web. Each chunk is one message: a batch on one side, a frame on the other.
 *
 * In files and on connections a message needs a length before it: `createJoin` and `createSplit`.
 */

import { Transform, type TransformCallback } from 'node:stream';
import { TransformStream } from 'node:stream/web';

import type { Input } from './input';
import { TraceCompressor, TraceDecompressor, type DecompressorOptions, type TracezipConfig } from './stream';

/** A Node stream that takes batches and gives frames. */
export function createCompress(config?: TracezipConfig): Transform {
  const compressor = new TraceCompressor(config);
  return messages((batch) => compressor.compress(batch));
}

/** A Node stream that takes frames and gives batches. */
export function createDecompress(options?: DecompressorOptions): Transform {
  const decompressor = new TraceDecompressor(options);
  return messages((frame) => decompressor.decompress(frame));
}

/** A web stream that takes batches and gives frames. */
export class CompressStream extends TransformStream<Input, Buffer> {
  constructor(config?: TracezipConfig) {
    const compressor = new TraceCompressor(config);
    super({ transform: async (batch, out) => out.enqueue(await compressor.compress(batch)) });
  }
}

/** A web stream that takes frames and gives batches. */
export class DecompressStream extends TransformStream<Input, Buffer> {
  constructor(options?: DecompressorOptions) {
    const decompressor = new TraceDecompressor(options);
    super({ transform: async (frame, out) => out.enqueue(await decompressor.decompress(frame)) });
  }
}

function messages(code: (message: Input) => Promise<Buffer>): Transform {
  return new Transform({
    objectMode: true,
    highWaterMark: 4,
    transform(message: Input, _encoding, done) {
      code(message).then((coded) => done(null, coded), done);
    },
  });
}

/** Bytes of a length: an unsigned number, big-endian. */
const PREFIX = 4;

/** A Node stream that takes messages and gives bytes: each message behind its length in 4 bytes, big-endian. */
export function createJoin(): Transform {
  return new Transform({
    writableObjectMode: true,
    transform(message: Uint8Array, _encoding, done) {
      const prefix = Buffer.allocUnsafe(PREFIX);
      prefix.writeUInt32BE(message.length);
      done(null, Buffer.concat([prefix, message]));
    },
  });
}

/** A Node stream that undoes {@link createJoin}, however the bytes are cut. `maxSize`: most bytes of a message, 64 MiB. */
export function createSplit({ maxSize = 64 << 20 }: { maxSize?: number } = {}): Transform {
  return new Splitter(maxSize);
}

class Splitter extends Transform {
  #parts: Buffer[] = [];
  #held = 0;
  /** Bytes that are needed to go on. */
  #needed = PREFIX;
  #inMessage = false;

  constructor(readonly maxSize: number) {
    super({ readableObjectMode: true });
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#parts.push(chunk);
    this.#held += chunk.length;
    try {
      while (this.#held >= this.#needed) this.#step(this.#take());
    } catch (error) {
      return done(error as Error);
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    const cut = this.#held > 0 || this.#inMessage;
    done(cut ? new RangeError(`the stream ends in a message: ${this.#held} of ${this.#needed} bytes`) : null);
  }

  #step(part: Buffer): void {
    if (this.#inMessage) this.push(part);
    const length = this.#inMessage ? PREFIX : part.readUInt32BE();
    if (!this.#inMessage && length > this.maxSize) {
      throw new RangeError(`a message of ${length} bytes is above maxSize, ${this.maxSize}`);
    }
    this.#inMessage = !this.#inMessage;
    this.#needed = length;
  }

  /** The bytes that are needed, off the front. */
  #take(): Buffer {
    const all = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    const rest = all.subarray(this.#needed);
    this.#parts = rest.length > 0 ? [rest] : [];
    this.#held = rest.length;
    return all.subarray(0, this.#needed);
  }
}
