import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffFingerprints } from '../../src/pipeline/plan/rerun-reasons/diff-fingerprints.js';
import { differences } from '../../src/pipeline/verify/differences.js';
import { lookUp } from '../../src/util/look-up.js';
import { partsOf } from '../support/cache.js';

const NAMES = ['toString', 'constructor', 'hasOwnProperty', '__proto__', 'valueOf'];
/** A map with these names, as JSON makes it. */
const mapOf = <T>(value: T) => JSON.parse(JSON.stringify(Object.fromEntries(NAMES.map((n) => [n, value]))));

test('nothing is found under a name that does not exist', () => {
  for (const name of NAMES) {
    assert.equal(lookUp({}, name), undefined);
    assert.equal(lookUp(undefined, name), undefined);
    assert.equal(lookUp(mapOf(7), name), 7);
  }
});

test('names that every object has are parameters, splits and metrics like any other', () => {
  const [none, all] = [partsOf({}), partsOf(mapOf('x.csv'))];
  assert.deepEqual(
    diffFingerprints(none, all).map(({ text }) => text),
    NAMES.map((name) => `${name} set to x.csv`),
  );
  assert.deepEqual(
    diffFingerprints(partsOf({ files: {} }), partsOf({ files: { toString: 'a' } })).map(({ field }) => field),
    ['files.toString'],
  );
  const report = (metrics: Record<string, Record<string, number>>) => ({
    kind: 'report' as const,
    metrics,
    files: {},
  });
  assert.deepEqual(differences(report({}), report({ constructor: { valueOf: 1 } })), [
    'metrics.constructor (none) → {"valueOf":1}',
  ]);
});
