// How much smaller a file of traces gets. Each message of the file stands behind its length in 4 bytes, big-endian, as the
// Collector's file exporter writes them (format: proto).
//
//     node savings.mts traces.otlp

import { createReadStream } from 'node:fs';
import { argv, exit } from 'node:process';

import { createSplit, TraceCompressor, TraceDecompressor, TracezipError, type CompressionStats } from 'tracezip';

async function savings(path: string): Promise<CompressionStats> {
  const compressor = new TraceCompressor({ minBatchSize: 1, metering: true });
  const decompressor = new TraceDecompressor();
  for await (const otlp of createReadStream(path).pipe(createSplit())) {
    const frame = await compressor.compress(otlp as Buffer);
    if (!(await decompressor.decompress(frame)).equals(otlp as Buffer)) throw new Error('this cannot be');
  }
  return compressor.stats();
}

const [, , path] = argv;
if (path === undefined) {
  console.error('usage: savings FILE');
  exit(2);
}
try {
  const { originalSize, compressedSize, compressionRatio, columns } = await savings(path);
  console.log(`${originalSize} bytes in, ${compressedSize} bytes out: ${compressionRatio.toFixed(2)} x`);
  console.table(columns);
} catch (error) {
  if (!(error instanceof TracezipError)) throw error;
  console.error(`${error.code} (${error.errno}): ${error.message}`);
  exit(1);
}
