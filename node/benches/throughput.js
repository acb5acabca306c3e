'use strict';
// Tracezip and the compressors of node:zlib over the samples of real traces, request by request, in one run.
//
//     node node/benches/throughput.js [PASSES]
//
// Needs Node 22.15 or newer, for zstd. CPU time of the process for sync calls, the best of several passes in which the
// codecs take turns; every byte is checked.

const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');

const tz = require('tracezip');

const CORPORA = path.join(__dirname, '../../tests/corpora');
const { constants } = zlib;

const tracezipAt = (level) => [`tracezip -${level}`, (otlp) => tz.compressSync(otlp, { level }), tz.decompressSync];
const zstdAt = (level) => [
  `zstd -${level}`,
  (otlp) => zlib.zstdCompressSync(otlp, { params: { [constants.ZSTD_c_compressionLevel]: level } }),
  zlib.zstdDecompressSync,
];
const brotliAt = (level) => [
  `brotli q${level}`,
  (otlp) => zlib.brotliCompressSync(otlp, { params: { [constants.BROTLI_PARAM_QUALITY]: level } }),
  zlib.brotliDecompressSync,
];
const CODECS = [tracezipAt(1), tracezipAt(3), ['gzip -6', zlib.gzipSync, zlib.gunzipSync], brotliAt(4), zstdAt(1), zstdAt(3)];

/** Each request stands behind its length in 4 bytes, big-endian. */
function requests(file) {
  const content = zlib.zstdDecompressSync(fs.readFileSync(file));
  const found = [];
  for (let at = 0; at < content.length; ) {
    const end = at + 4 + content.readUInt32BE(at);
    found.push(content.subarray(at + 4, end));
    at = end;
  }
  return found;
}

/** CPU seconds, and what came out. */
function timed(code, inputs) {
  const start = process.cpuUsage();
  const outputs = inputs.map((data) => code(data));
  const { user, system } = process.cpuUsage(start);
  return [(user + system) / 1e6, outputs];
}

const total = (buffers) => buffers.reduce((sum, { length }) => sum + length, 0);

/** [ratio, MB/s of compressing, of decompressing] by codec. */
function measure(batches, passes) {
  const raw = total(batches);
  const best = CODECS.map(() => [0, 0, 0]);
  for (let pass = 0; pass < passes; pass += 1) {
    CODECS.forEach(([name, compress, decompress], n) => {
      const [there, frames] = timed(compress, batches);
      const [back, outputs] = timed(decompress, frames);
      if (!outputs.every((otlp, index) => otlp.equals(batches[index]))) throw new Error(`${name} lost something`);
      best[n] = [raw / total(frames), Math.max(best[n][1], raw / there / 1e6), Math.max(best[n][2], raw / back / 1e6)];
    });
  }
  return best;
}

function main(passes) {
  const files = fs.readdirSync(CORPORA).filter((name) => name.endsWith('.otlp.zst'));
  const results = files.map((name) => measure(requests(path.join(CORPORA, name)), passes));
  console.log(`Node ${process.version}; geometric means over ${files.length} samples, one request at a time\n`);
  console.log('| | ratio | compress, MB/s | decompress, MB/s |\n| --- | ---: | ---: | ---: |');
  CODECS.forEach(([name], n) => {
    const mean = (column) => Math.exp(results.reduce((sum, result) => sum + Math.log(result[n][column]), 0) / results.length);
    console.log(`| ${name} | ${mean(0).toFixed(2)} | ${mean(1).toFixed(0)} | ${mean(2).toFixed(0)} |`);
  });
}

main(Number(process.argv[2] ?? 3));
