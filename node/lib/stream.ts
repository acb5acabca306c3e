/** Compressors and decompressors that keep their state over batches. */

import { StreamCoder, StreamDecoder } from '../native';
import { held, heldBy, type Dictionary } from './dictionary';
import { unwrap } from './errors';
import { borrowed, owned, type Input } from './input';
import type { Abortable, Limits } from './oneshot';
import { Queue } from './queue';

/** Settings of a TraceCompressor, checked when it is made. */
export interface TracezipConfig {
  /** Whether to compress at all; if not, every batch is stored in a frame as it is. Default: true. */
  enabled?: boolean;
  /** Fewest spans for which a batch is compressed that nothing was learnt for yet. Default: 10. */
  minBatchSize?: number;
  /** Most entries of the string table, from 16. Default: 10,000. */
  maxStringTableSize?: number;
  /** Whether times and numbers are coded as differences. Default: true. */
  enableDeltaEncoding?: boolean;
  /** Whether spans are predicted from earlier spans of their kind. Default: true. */
  enableDedup?: boolean;
  /** 1 (fast) to 9 (small, and slow). Default: 3. */
  level?: number;
  /** Most bytes of state, from 1 MiB to 1 GiB. Default: 8 MiB. */
  maxStateBytes?: number;
  /** Whether ids are predicted from the generators that they are drawn from. Default: true. */
  predictIds?: boolean;
  /** What frames that build on nothing else begin with; whoever reads them must hold it too. */
  dictionary?: Dictionary;
  /** Whether the statistics tell what the bytes of frames describe, which costs a few per cent of time. Default: false. */
  metering?: boolean;
}

/** What a TraceDecompressor accepts. */
export interface DecompressorOptions extends Limits {
  /** What frames may have been made with. */
  dictionaries?: Iterable<Dictionary>;
}

/** Counters of a compressor since it was made, or since `resetStats`. */
export interface CompressionStats {
  /** Bytes in. */
  originalSize: number;
  /** Bytes out. */
  compressedSize: number;
  /** Bytes in per byte out; 1 when nothing was compressed. */
  compressionRatio: number;
  /** Share of the bytes that was saved, in per cent; negative when frames are longer than their input. */
  compressionPercentage: number;
  /** Spans in. */
  spanCount: number;
  /** Spans whose attributes were all as predicted. */
  dedupedSpans: number;
  /** Time spent, in microseconds. */
  compressionTimeUs: number;
  /** Frames out. */
  frames: number;
  /** Frames out that are stored: a header and the input as it was. */
  storedFrames: number;
  /** Whether the last frame is stored. */
  lastFrameStored: boolean;
  /** Bytes out by what they describe, which add up to `compressedSize`; without `metering` all of them are structure. */
  columns: { ids: number; times: number; strings: number; numbers: number; structure: number };
}

/**
 * Compresses batch after batch. The first frame stands alone; each later one builds on those before it and can only be
 * read after them, in order.
 *
 * Calls on one object take turns in the order in which they are made, and promises are settled in that order.
 */
export class TraceCompressor {
  readonly #native: StreamCoder;
  readonly #queue = new Queue();

  /** Throws a TracezipError that names the setting that is out of range. */
  constructor({ metering = false, dictionary, ...settings }: TracezipConfig = {}) {
    this.#native = unwrap(StreamCoder.of(settings, metering, held(dictionary)));
  }

  /**
   * Compresses one batch off the event loop. The result is always a frame: what does not pay to compress is stored in one,
   * which the statistics tell (`lastFrameStored`).
   *
   * A signal aborts a call that waits; one that has begun goes on, as later frames build on it.
   */
  async compress(data: Input, { signal }: Abortable = {}): Promise<Buffer> {
    const bytes = owned(data);
    return this.#queue.add(async () => unwrap(await this.#native.start(await bytes)), signal);
  }

  /** {@link compress}, now; throws if async calls of this object wait or run. */
  compressSync(data: Input): Buffer {
    return this.#queue.now(() => unwrap(this.#native.run(borrowed(data))));
  }

  /** Forgets all batches: the next frame stands alone. Calls made before are not touched by it. */
  reset(): void {
    this.#queue.inTurn(() => this.#native.reset());
  }

  /** Counters as of the last call that has ended. */
  stats(): CompressionStats {
    return this.#native.stats();
  }

  /** Sets the counters to zero, after the calls made before. */
  resetStats(): void {
    this.#queue.inTurn(() => this.#native.resetStats());
  }
}

/**
 * Reads the frames of one TraceCompressor, in order, or frames that stand alone; what was never compressed passes through.
 *
 * Calls on one object take turns as those of a TraceCompressor do.
 */
export class TraceDecompressor {
  readonly #native: StreamDecoder;
  readonly #queue = new Queue();

  /** Throws a TracezipError that names the limit that is out of range. */
  constructor({ maxSize, maxStateBytes, dictionaries = [] }: DecompressorOptions = {}) {
    this.#native = unwrap(StreamDecoder.of({ maxSize, maxStateBytes }));
    for (const dictionary of dictionaries) this.#native.hold(heldBy(dictionary));
  }

  /**
   * Gives back one batch, off the event loop. After a rejection only a frame that stands alone is taken, which is what a
   * compressor makes after its `reset()`.
   *
   * A signal aborts a call that waits; one that has begun goes on.
   */
  async decompress(frame: Input, { signal }: Abortable = {}): Promise<Buffer> {
    const bytes = owned(frame);
    return this.#queue.add(async () => unwrap(await this.#native.start(await bytes)), signal);
  }

  /** {@link decompress}, now; throws if async calls of this object wait or run. */
  decompressSync(frame: Input): Buffer {
    return this.#queue.now(() => unwrap(this.#native.run(borrowed(frame))));
  }

  /** Forgets all frames: the next one must stand alone. */
  reset(): void {
    this.#queue.inTurn(() => this.#native.reset());
  }
}
