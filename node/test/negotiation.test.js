'use strict';
// tests/negotiation.json: the cases that every language runs.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { test } = require('node:test');

const { advertises, classify, LOST, Negotiation } = require('../dist/negotiation');
const paths = require('./support/paths');

const table = JSON.parse(fs.readFileSync(paths.negotiation, 'utf8'));

const answerOf = (server, coding) => {
  const answer = table.servers[server][coding];
  return answer === 'lost' ? LOST : answer;
};

test('advertisements', () => {
  for (const [fields, expected] of table.advertisements) assert.equal(advertises(fields), expected, JSON.stringify(fields));
});

test('classes of answers', () => {
  for (const [kind, statuses] of Object.entries(table.classes.http))
    for (const status of statuses) assert.equal(classify(status), kind, `${status}`);
  assert.equal(classify(undefined), 'lost');
});

function check(negotiation, step, what) {
  assert.equal(negotiation.state ?? null, step.state, what);
  if ('until' in step) assert.ok(Math.abs(negotiation.until - step.until) < 1e-6, `${what}: until ${negotiation.until}`);
}

for (const { name, mode, jitter = 0, steps } of table.cases) {
  test(`case ${name}`, () => {
    let now = 0;
    const negotiation = new Negotiation(mode, { now: () => now, jitter: () => jitter });
    steps.forEach((step, n) => {
      now = step.at;
      const requests = [negotiation.choose() ? 'tracezip' : 'gzip'];
      let answer = answerOf(step.server, requests[0]);
      if (negotiation.answered(requests[0] === 'tracezip', answer)) {
        if (!step.no_time_left) requests.push('gzip');
        answer = step.no_time_left ? LOST : answerOf(step.server, 'gzip');
        negotiation.answeredAgain(answer);
      }
      assert.deepEqual([requests, answer.status ?? 'lost'], [step.requests, step.result], `step ${n}`);
      check(negotiation, step, `step ${n}`);
    });
  });
}

for (const { name, mode, jitter = 0, steps } of table.interleaved) {
  test(`calls at once: ${name}`, () => {
    let now = 0;
    const negotiation = new Negotiation(mode, { now: () => now, jitter: () => jitter });
    const chosen = {};
    steps.forEach((step, n) => {
      now = step.at;
      if (step.begin !== undefined) {
        chosen[step.begin] = negotiation.choose();
        assert.equal(chosen[step.begin] ? 'tracezip' : 'gzip', step.coding, `step ${n}`);
      } else {
        const tracezip = chosen[step.answer];
        const again = negotiation.answered(tracezip, answerOf(step.server, tracezip ? 'tracezip' : 'gzip'));
        assert.equal(again, step.again ?? false, `step ${n}`);
        if (again) negotiation.answeredAgain(answerOf(step.server, 'gzip'));
      }
      if ('state' in step) check(negotiation, step, `step ${n}`);
    });
  });
}
