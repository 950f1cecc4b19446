import assert from 'node:assert/strict';
import { test } from 'node:test';
import { artifactDigest } from '../../../src/pipeline/cache/artifact-digest.js';
import { openCache } from '../../../src/pipeline/cache/open-cache.js';
import { inputDigest } from '../../../src/pipeline/plan/input-digest.js';
import type { DatasetArtifact, Split } from '../../../src/stage/artifact.js';
import { tempFolder } from '../../support/cache.js';

const cache = await openCache(tempFolder());

/** A dataset whose chunks of two rows contain the text of their names. */
async function dataset(chunks: string[], splits: Record<string, number[]>): Promise<DatasetArtifact> {
  const stored = await Promise.all(
    chunks.map(async (text) => ({ rows: 2, columns: { x: await cache.objects.put(Buffer.from(text)) } })),
  );
  const made = Object.entries(splits).map(async ([name, rows]): Promise<[string, Split]> => {
    const indices = await cache.objects.put(Buffer.from(Uint32Array.from(rows).buffer));
    return [name, { num_rows: rows.length, indices }];
  });
  return {
    kind: 'dataset',
    features: { x: { _type: 'Value', dtype: 'string' } },
    chunks: stored,
    splits: Object.fromEntries(await Promise.all(made)),
  };
}

const digest = (artifact: DatasetArtifact, names?: string[]) =>
  inputDigest({ artifact, artifactDigest: artifactDigest(artifact) }, names, cache.objects);

test('what a stage does not read from a dataset does not change its input digest', async () => {
  const whole = await dataset(['a', 'b', 'c'], { test: [0, 1], train: [5, 2, 3] });
  const read = await digest(whole, ['train']);
  const fewer = await dataset(['a', 'b', 'c'], { test: [0], train: [5, 2, 3] });
  const gone = await dataset(['b', 'c'], { train: [3, 0, 1] });
  const moved = await dataset(['b', 'x', 'c'], { train: [5, 0, 1], other: [2] });
  for (const same of [fewer, gone, moved]) assert.equal(await digest(same, ['train']), read);
  const ranges = {
    ...gone,
    splits: {
      train: {
        num_rows: 3,
        ranges: [
          [3, 4],
          [0, 2],
        ] as [number, number][],
      },
    },
  };
  assert.equal(await digest(ranges, ['train']), read);

  const changes = [
    await dataset(['a', 'b', 'd'], { test: [0, 1], train: [5, 2, 3] }),
    await dataset(['a', 'b', 'c'], { test: [0, 1], train: [2, 3, 5] }),
    await dataset(['a', 'b', 'c'], { test: [0, 1], train: [5, 2] }),
    await dataset(['a', 'b', 'c'], { test: [5, 2, 3], train: [0, 1] }),
    { ...whole, features: { x: { _type: 'Value' as const, dtype: 'binary' as const } } },
  ];
  const digests = await Promise.all(changes.map((changed) => digest(changed, ['train'])));
  assert.equal(new Set([read, ...digests]).size, 6);
  assert.notEqual(await digest(whole, ['train', 'test']), await digest(fewer, ['train', 'test']));
});

test('the complete artifact counts for a stage that does not say what it reads, or names an unknown split', async () => {
  const whole = await dataset(['a'], { train: [0, 1] });
  for (const names of [undefined, ['train', 'toString'], ['nope']])
    assert.equal(await digest(whole, names), artifactDigest(whole));
});

test('a damaged list of rows does not stop a plan', async () => {
  const whole = await dataset(['a'], { train: [0, 1] });
  const indices = { digest: '0'.repeat(64), size: 8 };
  const broken = { ...whole, splits: { train: { num_rows: 2, indices } } };
  assert.equal(await digest(broken, ['train']), artifactDigest(broken));
});
