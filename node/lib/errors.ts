/** What can go wrong. The numbers are pinned, and the same in every language. */

import { errorKinds, type Failure } from '../native';

/** A fault of the library, caught at its border: no kind of the core. */
const INTERNAL = 101;

/** `code` of every `errno`, named like the constants of C. */
const CODES: ReadonlyMap<number, string> = new Map([
  ...errorKinds().map(({ errno, name }): [number, string] => [errno, `TRACEZIP_${upper(name)}`]),
  [INTERNAL, 'TRACEZIP_INTERNAL'],
]);

function upper(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

/** Any error of Tracezip. Its text says what went wrong, where and at which byte; it holds nothing of the data. */
export class TracezipError extends Error {
  override readonly name = 'TracezipError';
  /** The kind of error, as C names it: `TRACEZIP_CHECKSUM`, … */
  readonly code: string;
  /** The pinned number of this kind. */
  readonly errno: number;
  /** Where in the flow: config, header, body, checksum, stream, output, otlp or internal. */
  readonly stage: string;
  /** At which byte: of the frame in the header, of the decoded bytes in the body. */
  readonly offset: number;

  constructor(failure: { errno: number; message: string; stage: string; offset: number }) {
    super(failure.message);
    this.code = CODES.get(failure.errno) ?? 'TRACEZIP_UNKNOWN';
    ({ errno: this.errno, stage: this.stage, offset: this.offset } = failure);
  }
}

/** Numbers by code, for tables and switches: `errnos.TRACEZIP_CHECKSUM === 5`. */
export const errnos: Readonly<Record<string, number>> = Object.freeze(
  Object.fromEntries([...CODES].map(([errno, code]) => [code, errno])),
);

/** What came of a call of the core, or its failure as an exception. */
export function unwrap<T>(outcome: T | Failure): T {
  if (isFailure(outcome)) throw new TracezipError(outcome);
  return outcome;
}

function isFailure(outcome: unknown): outcome is Failure {
  return typeof outcome === 'object' && outcome !== null && 'errno' in outcome;
}
