'use strict';
// The package as npm makes it, installed in an empty folder: ESM, CommonJS, the examples of the guide.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { before, after, test } = require('node:test');

const paths = require('./support/paths');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tracezip-'));
const run = (program, ...args) => execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });

before(() => {
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: paths.node, encoding: 'utf8' }));
  fs.writeFileSync(path.join(folder, 'package.json'), '{}');
  run('npm', 'install', '--offline', '--no-audit', '--no-fund', '--omit=peer', path.join(folder, filename));
});
after(() => fs.rmSync(folder, { recursive: true }));

test('nothing but what is needed is in the package', () => {
  const installed = path.join(folder, 'node_modules/tracezip');
  assert.deepEqual(fs.readdirSync(installed).sort(), ['LICENSE', 'README.md', 'dist', 'native', 'package.json']);
  assert.deepEqual(fs.readdirSync(path.join(folder, 'node_modules')).filter((name) => name[0] !== '.'), ['tracezip']);
});

const NAMES = 'CompressStream DecompressStream Dictionary TraceCompressor TraceDecompressor TracezipError compress compressSync createCompress createDecompress createJoin createSplit decompress decompressSync decompressedLength dictionaryOf errnos version'.split(' ');

test('CommonJS', () => {
  const names = run(process.execPath, '--print', `Object.keys(require('tracezip')).sort().join(' ')`).trim();
  assert.deepEqual(names.split(' '), NAMES);
});

test('ESM, with every name', () => {
  const code = `import { ${NAMES.join(', ')} } from 'tracezip'; import { tracezip, fastifyTracezip } from 'tracezip/middleware';
    console.log((await decompress(await compress(Buffer.from('hello')))).toString(), typeof tracezip)`;
  assert.equal(run(process.execPath, '--input-type=module', '--eval', code).trim(), 'hello function');
});

test('the exporter says what it misses', () => {
  assert.throws(() => run(process.execPath, '--eval', `require('tracezip/exporter')`), /Cannot find module '@opentelemetry\/api'/);
});

test("with the addon in the platform's own package, as releases have it", () => {
  const native = path.join(folder, 'node_modules/tracezip/native');
  const [addon] = fs.readdirSync(native).filter((name) => name.endsWith('.node'));
  const platform = addon.split('.')[1];
  execFileSync('npx', ['napi', 'create-npm-dirs'], { cwd: paths.node, stdio: 'ignore' });
  const made = path.join(folder, platform);
  fs.cpSync(path.join(paths.node, 'npm', platform), made, { recursive: true });
  fs.renameSync(path.join(native, addon), path.join(made, addon));
  const [{ filename }] = JSON.parse(run('npm', 'pack', '--json', made));
  run('npm', 'install', '--offline', '--no-save', '--no-audit', '--no-fund', '--omit=peer', path.join(folder, filename));
  const code = `console.log(require('tracezip').version, Object.keys(require.cache).find((name) => name.endsWith('.node')))`;
  assert.match(run(process.execPath, '--eval', code), new RegExp(`^\\d+\\.\\d+\\.\\d+ .*tracezip-${platform}`));
});

test('examples of the guide', () => {
  const guide = fs.readFileSync(path.join(paths.root, 'docs/guide/node.md'), 'utf8');
  const blocks = [...guide.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code).filter((code) => !/@opentelemetry|express|fastify/.test(code));
  assert.ok(blocks.length >= 2);
  for (const code of blocks) run(process.execPath, '--input-type=module', '--eval', code);
});
