/**
 * Lossless compression of OpenTelemetry traces.
 *
 *     const frame = await compress(otlp); // bytes of an ExportTraceServiceRequest
 *     (await decompress(frame)).equals(otlp);
 */

import { version as nativeVersion } from '../native';

export { Dictionary, dictionaryOf } from './dictionary';
export { errnos, TracezipError } from './errors';
export type { Input } from './input';
export { compress, compressSync, decompress, decompressedLength, decompressSync } from './oneshot';
export type { Abortable, CompressOptions, DecompressOptions, Limits } from './oneshot';
export { TraceCompressor, TraceDecompressor } from './stream';
export type { CompressionStats, DecompressorOptions, TracezipConfig } from './stream';
export { CompressStream, createCompress, createDecompress, createJoin, createSplit, DecompressStream } from './transform';

/** The version of this package. */
export const version: string = nativeVersion();
