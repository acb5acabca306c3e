'use strict';
// OTLP to test with.

const fs = require('node:fs');
const path = require('node:path');

const { vectors } = require('./paths');

const manifest = JSON.parse(fs.readFileSync(path.join(vectors, 'manifest.json'), 'utf8'));
const read = (name) => fs.readFileSync(path.join(vectors, name));

/** Real requests: the inputs of the vectors, each once. */
const requests = [...new Set(manifest.valid.map((vector) => vector.input))].map(read).filter((otlp) => otlp.length > 0);

/** One request of about so many bytes: requests in a row are a request. */
function large(bytes) {
  const all = Buffer.concat(requests.filter((otlp) => otlp[0] === 0x0a));
  return Buffer.concat(Array(Math.ceil(bytes / all.length)).fill(all));
}

module.exports = { manifest, read, requests, large };
