import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ZEROS_ON_THE_RIGHT } from '../../src/learning/audio/padding.js';
import { parseSafetensors } from '../../src/learning/model/safetensors.js';
import type { Examples } from '../../src/learning/training/examples.js';

const file = fileURLToPath(new URL('../fixtures/training/clips.safetensors', import.meta.url));

/** The clips of `fixtures/training`: 20 to train on, 7 to test on. */
export function clips(split: 'train' | 'test', masked: boolean): Examples {
  const stored = parseSafetensors(readFileSync(file), file);
  const [from, to] = split === 'train' ? [0, 20] : [20, 27];
  const { data, shape } = stored.read('inputs');
  const size = shape[1]!;
  const labels = [...stored.read('labels').data.subarray(from, to)];
  const valid = [...stored.read('lengths').data.subarray(from, to)];
  return {
    split,
    size: labels.length,
    labels,
    lengths: labels.map(() => size),
    validLengths: masked ? valid : undefined,
    padding: ZEROS_ON_THE_RIGHT,
    samples: async (row) => {
      const samples = data.slice((from + row) * size, (from + row + 1) * size);
      return masked ? samples.fill(0, valid[row]) : samples;
    },
  };
}
