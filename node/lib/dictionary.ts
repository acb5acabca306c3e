/** What frames begin with that have no earlier frame to build on. */

import { Held, dictionaryOf as nativeDictionaryOf, startTraining, train } from '../native';
import { unwrap } from './errors';
import { borrowed, owned, type Input } from './input';

/** Most bytes of a dictionary, unless it is said. */
const MAX_BYTES = 65_536;

/** The core's object behind a dictionary; throws a TypeError for what is none. */
export let heldBy: (dictionary: Dictionary) => Held;

/**
 * A dictionary. Frames made with it stand alone for everyone who holds it; small requests come to half or less.
 *
 * It is bytes that can be kept in a file and sent to workers, and holds parts of the samples it was trained with.
 */
export class Dictionary {
  readonly #held: Held;

  static {
    heldBy = (dictionary) => {
      if (typeof dictionary === 'object' && dictionary !== null && #held in dictionary) return dictionary.#held;
      const error = new TypeError('the dictionary must be a Dictionary: new Dictionary(bytes)');
      throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
    };
  }

  /** Takes a dictionary from its `bytes`. Throws a TracezipError when they are none. */
  constructor(bytes: Input) {
    this.#held = unwrap(Held.of(borrowed(bytes)));
  }

  /**
   * Makes a dictionary of requests of the kind that are to be compressed, off the event loop; a few thousand spans of a
   * day's traffic are enough.
   *
   * maxBytes: most bytes of the dictionary, from 4096; a larger one knows more and takes more memory. Default: 65,536.
   *
   * Rejects with a TracezipError when a sample is no trace request, when there is no span in any of them, and when
   * `maxBytes` is out of range.
   */
  static async train(samples: Iterable<Input>, maxBytes: number = MAX_BYTES): Promise<Dictionary> {
    const copies = await Promise.all(Array.from(samples, owned));
    return new Dictionary(unwrap(await startTraining(copies, maxBytes)));
  }

  /** {@link Dictionary.train}, now. */
  static trainSync(samples: Iterable<Input>, maxBytes: number = MAX_BYTES): Dictionary {
    return new Dictionary(unwrap(train(Array.from(samples, borrowed), maxBytes)));
  }

  /** What tells it from all others: the XXH3-64 of its bytes. */
  get id(): bigint {
    return this.#held.id();
  }

  /** A copy of its bytes. */
  get bytes(): Buffer {
    return this.#held.bytes();
  }
}

/** The core's object, if there is a dictionary; throws a TypeError for what is none. */
export function held(dictionary: Dictionary | undefined): Held | undefined {
  return dictionary === undefined ? undefined : heldBy(dictionary);
}

/**
 * The low half of the `id` of the dictionary that a frame was made with; undefined if it was made with none, or goes on
 * with a stream. Throws as `decompressedLength` does.
 */
export function dictionaryOf(frame: Input): number | undefined {
  return unwrap(nativeDictionaryOf(borrowed(frame))) ?? undefined;
}
