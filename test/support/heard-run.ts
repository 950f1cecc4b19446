import { clipBytes, clipDataset } from './clips.js';
import type { MemoryObjects } from './memory-objects.js';
import { evaluationFile, reportedRun } from './reported-run.js';

const LABELS = ['low', 'high'];

/** Twelve clips, two of them misclassified, and one of these very surely. */
export async function heardRun(bytesOf: (number: number) => Uint8Array | null = clipBytes) {
  const clips = Array.from({ length: 12 }, (_, row) => {
    const truth = row % 2;
    const right = row === 4 ? 0.01 : row === 7 ? 0.4 : 0.9;
    const scores = [truth === 0 ? right : 1 - right, truth === 0 ? 1 - right : right];
    const guess = right > 0.5 ? truth : 1 - truth;
    return { truth, guess, scores, score: Math.max(...scores) };
  });
  const run = await reportedRun([evaluationFile(LABELS, clips)]);
  const objects = run.objects as MemoryObjects;
  const dataset = await clipDataset(
    objects,
    [
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10, 11],
    ],
    {
      test: Array.from({ length: 12 }, (_, row) => row),
    },
    bytesOf,
  );
  return { ...run, clipsOf: () => ({ dataset: { dataset, column: 'audio' } }) };
}
