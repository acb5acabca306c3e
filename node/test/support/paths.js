'use strict';
// Files of the whole project that these tests read.

const path = require('node:path');

const root = path.resolve(__dirname, '../../..');

module.exports = {
  root,
  node: path.join(root, 'node'),
  vectors: path.join(root, 'tests/vectors'),
  negotiation: path.join(root, 'tests/negotiation.json'),
};
