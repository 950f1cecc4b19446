import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingClips } from '../../src/serve/model/waiting-clips.js';

function waiting(batchSize: number, values: number, clips: [length: number, group: number][]): WaitingClips {
  const made = new WaitingClips(batchSize, values);
  for (const [id, [length, group]] of clips.entries())
    made.add({ id, input: new Float32Array(length), group });
  return made;
}
const batches = (clips: WaitingClips): number[][] => {
  const ids = clips.takeBatch().map(({ id }) => id);
  return ids.length === 0 ? [] : [ids, ...batches(clips)];
};

test('clips of a group are computed together, the one that waited longest first', () => {
  const clips: [number, number][] = [
    [5, 5],
    [7, 7],
    [5, 5],
    [7, 7],
    [5, 5],
  ];
  assert.deepEqual(batches(waiting(2, 100, clips)), [[0, 2], [1, 3], [4]]);
});

test('a batch has little padding, and no more values than one long clip', () => {
  const padded: [number, number][] = [
    [10, 0],
    [21, 0],
    [6, 0],
    [11, 0],
    [20, 0],
  ];
  assert.deepEqual(batches(waiting(8, 1000, padded)), [
    [0, 2, 3],
    [1, 4],
  ]);
  const long: [number, number][] = [
    [40, 0],
    [30, 0],
    [30, 0],
    [200, 0],
  ];
  assert.deepEqual(batches(waiting(8, 100, long)), [[0, 1], [2], [3]]);
});

test('a clip that nobody waits for is forgotten', () => {
  const clips = waiting(8, 100, [
    [5, 5],
    [5, 5],
  ]);
  assert.equal(clips.remove(0), true);
  assert.equal(clips.remove(0), false);
  assert.deepEqual(batches(clips), [[1]]);
  assert.equal(clips.size, 0);
});
