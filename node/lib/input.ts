/** Bytes on their way to the core. */

import { setImmediate } from 'node:timers/promises';

/** Any bytes: a Buffer, another view, or an ArrayBuffer. */
export type Input = ArrayBufferView | ArrayBufferLike;

/** Most bytes that are copied at a time: some 0.1 ms. */
const STEP = 1 << 20;

/**
 * The bytes for a call that ends before anybody else runs. No copy, unless other threads may write to them: the core
 * reads its input more than once.
 */
export function borrowed(data: Input): Uint8Array {
  const bytes = view(data);
  return bytes.buffer instanceof SharedArrayBuffer ? Buffer.from(bytes) : bytes;
}

/**
 * A copy that is ours alone, for a call that ends later: the caller may change or transfer the original as soon as the
 * promise of the call is there if it is shorter than 1 MiB, and when that is settled if it is longer. A long copy lets others
 * run in between.
 */
export function owned(data: Input): Uint8Array | Promise<Uint8Array> {
  const bytes = view(data);
  if (bytes.length <= STEP) return copy(bytes);
  const copied = copySlowly(bytes);
  copied.catch(() => {}); // whoever awaits it, perhaps later, has the error
  return copied;
}

/** Not `Buffer.from`: what is carved out of Node's pool shares its memory with buffers of others. */
function copy(bytes: Uint8Array): Uint8Array {
  const mine = Buffer.allocUnsafeSlow(bytes.length);
  mine.set(bytes);
  return mine;
}

async function copySlowly(bytes: Uint8Array): Promise<Uint8Array> {
  const { length } = bytes;
  const mine = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; at += STEP) {
    await setImmediate();
    if (bytes.length !== length) throw new TypeError('the buffer was transferred or resized while it was read');
    mine.set(bytes.subarray(at, at + STEP), at);
  }
  return mine;
}

function view(data: Input): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  const got = data === null ? 'null' : typeof data;
  const error = new TypeError(`the data must be a Buffer, TypedArray, DataView or ArrayBuffer, not ${got}`);
  throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
}
