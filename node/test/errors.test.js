'use strict';
// Errors: pinned numbers, the names of C, texts that name what is wrong.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const tz = require('tracezip');
const paths = require('./support/paths');

test('codes and numbers are those of C', () => {
  const header = fs.readFileSync(path.join(paths.root, 'include/tracezip.h'), 'utf8');
  const constants = [...header.matchAll(/^#define (TRACEZIP_[A-Z_]+) (\d+)$/gm), ...header.matchAll(/^\s+(TRACEZIP_[A-Z_]+) = (\d+),$/gm)];
  const ofC = Object.fromEntries(constants.map(([, code, number]) => [code, Number(number)]));
  assert.ok(Object.keys(tz.errnos).length > 10);
  for (const [code, errno] of Object.entries(tz.errnos)) assert.equal(ofC[code], errno, code);
});

test('an error says what, where and at which byte', () => {
  assert.throws(() => tz.decompressSync(Buffer.from('not a frame')), (error) => {
    assert.ok(error instanceof tz.TracezipError && error instanceof Error);
    assert.deepEqual([error.code, error.errno, error.stage, error.offset], ['TRACEZIP_NOT_TRACEZIP', 1, 'header', 0]);
    assert.match(error.message, /not a Tracezip frame.*frame header, byte 0/);
    assert.match(error.stack, /errors\.test\.js/);
    return true;
  });
});

const WRONG = [{ level: 0 }, { level: 10 }, { level: 2.5 }, { level: NaN }, { level: -1 }, { level: 259 }, { maxStateBytes: 1 }, { maxStringTableSize: 1e12 }, { minBatchSize: -1 }];
for (const config of WRONG) {
  test(`settings that are refused: ${JSON.stringify(config)}, ${Object.values(config)}`, () => {
    const named = new RegExp(Object.keys(config)[0].replace(/(?=[A-Z])/g, '_?'), 'i');
    const expected = { code: 'TRACEZIP_INVALID_CONFIG', errno: 9, message: named };
    assert.throws(() => new tz.TraceCompressor(config), expected);
    if ('level' in config) assert.throws(() => tz.compressSync(Buffer.alloc(1), config), expected);
  });
}

test('limits', async () => {
  const frame = tz.compressSync(Buffer.alloc(1000));
  const expected = { code: 'TRACEZIP_LIMIT_EXCEEDED', errno: 7 };
  assert.throws(() => tz.decompressSync(frame, { maxSize: 999 }), expected);
  await assert.rejects(tz.decompress(frame, { maxSize: 999 }), expected);
  assert.throws(() => new tz.TraceDecompressor({ maxSize: 999 }).decompressSync(frame), expected);
  assert.equal(tz.decompressSync(frame, { maxSize: 1000 }).length, 1000);
  assert.throws(() => new tz.TraceDecompressor({ maxSize: -1 }), { code: 'TRACEZIP_INVALID_CONFIG', message: /maxSize/ });
});

for (const data of ['text', 7, null, undefined, {}, [1, 2]]) {
  test(`not bytes: ${JSON.stringify(data)}`, async () => {
    const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    assert.throws(() => tz.compressSync(data), expected);
    await assert.rejects(tz.compress(data), expected);
    await assert.rejects(new tz.TraceCompressor().compress(data), expected);
    assert.throws(() => tz.decompressSync(data), expected);
  });
}
