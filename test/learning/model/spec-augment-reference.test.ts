import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { maskSpans } from '../../../src/learning/model/spec-augment.js';
import { Random } from '../../../src/random/random.js';

/** What `_compute_mask_indices` of transformers drew: see test/fixtures/training/make.py. */
interface Case {
  lengths: number[];
  length: number;
  probability: number;
  span: number;
  minimum: number;
  /** Single masks: what NumPy drew for them, and the first and last position of each masked span, per row. */
  examples: { epsilon: number; starts: number[][]; masked: number[][] }[];
  /**
   * Over this many masks, per row: mean and deviation of the number of masked positions, and how often each
   * position and each number of spans was masked.
   */
  draws: number;
  mean: number[];
  deviation: number[];
  places: number[][];
  stretches: Record<string, number>[];
}

const path = fileURLToPath(new URL('../../fixtures/training/spec-augment.json', import.meta.url));
const cases: Case[] = JSON.parse(readFileSync(path, 'utf8'));

/**
 * Differences beyond this many standard deviations fail: with these seeds they are fixed, and with other
 * seeds one in a million would be as large.
 */
const SIGMAS = 5;

for (const given of cases) {
  const { lengths, length, probability, span, minimum, draws } = given;
  const draw = (random: Random, mask: Float32Array) =>
    maskSpans(lengths, length, { probability, span, minimum }, random, mask);

  describe(`SpecAugment, lengths ${lengths} of ${length}, probability ${probability}, spans of ${span}, at least ${minimum}`, () => {
    it("gives transformers' mask for the numbers that transformers drew", () => {
      for (const { epsilon, starts, masked } of given.examples) {
        const left = starts.filter((row) => row.length > 0);
        const replayed = { uniform: () => epsilon, choice: () => Uint32Array.from(left.shift()!) };
        const mask = new Float32Array(lengths.length * length).fill(0.5);
        draw(replayed as unknown as Random, mask);
        assert.deepEqual(
          lengths.map((_, row) => stretchesOf(mask.subarray(row * length, (row + 1) * length))),
          masked,
        );
        assert.equal(left.length, 0, 'numbers that were not drawn');
      }
    });

    it(`masks as much, each position as often, in as many spans, over ${draws} draws`, () => {
      const random = Random.stream(8, 'masks');
      const mask = new Float32Array(lengths.length * length);
      const counts = lengths.map(() => [] as number[]);
      const places = lengths.map(() => new Array<number>(length).fill(0));
      const stretches = lengths.map((): Record<string, number> => ({}));
      for (let number = 0; number < draws; number += 1) {
        draw(random, mask);
        lengths.forEach((_, row) => {
          const values = mask.subarray(row * length, (row + 1) * length);
          let count = 0;
          values.forEach((value, place) => {
            count += value;
            places[row]![place]! += value;
          });
          counts[row]!.push(count);
          const found = stretchesOf(values).length / 2;
          stretches[row]![found] = (stretches[row]![found] ?? 0) + 1;
        });
      }
      lengths.forEach((_, row) => {
        const mean = counts[row]!.reduce((sum, count) => sum + count, 0) / draws;
        const noise = given.deviation[row]! * Math.sqrt(2 / draws);
        assert.ok(Math.abs(mean - given.mean[row]!) <= SIGMAS * noise, `row ${row}: ${mean}`);
        assertAlike(places[row]!, given.places[row]!, draws, `row ${row}, place`);
        const kinds = [...new Set(Object.keys({ ...stretches[row], ...given.stretches[row] }))];
        const often = (counted: Record<string, number>) => kinds.map((kind) => counted[kind] ?? 0);
        assertAlike(often(stretches[row]!), often(given.stretches[row]!), draws, `row ${row}, stretches`);
      });
    });
  });
}

/** Two counts of the same event in this many draws differ by chance alone. */
function assertAlike(
  actual: readonly number[],
  expected: readonly number[],
  draws: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length);
  for (const [index, count] of actual.entries()) {
    const share = (count + expected[index]!) / (2 * draws);
    const noise = Math.sqrt(2 * draws * share * (1 - share));
    assert.ok(
      Math.abs(count - expected[index]!) <= SIGMAS * noise + 3,
      `${what} ${index}: ${count}, ${expected[index]}`,
    );
  }
}

/** First and last position of each span of ones, flat. */
function stretchesOf(values: Float32Array): number[] {
  const edges: number[] = [];
  for (let place = 0; place <= values.length; place += 1) {
    if ((values[place] ?? 0) !== (values[place - 1] ?? 0)) edges.push(place);
  }
  return edges;
}
