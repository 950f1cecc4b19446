import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyFilters } from '../../../src/learning/audio/apply-filters.js';
import { planFilters } from '../../../src/learning/audio/filter-plan.js';
import { compileResampler } from '../../../src/learning/audio/simd/kernel.js';

const kernel = compileResampler();

function apply(clip: Float32Array, from: number, to: number, using = kernel): Float32Array {
  const output = new Float32Array(Math.ceil((clip.length * to) / from));
  applyFilters(clip, output, planFilters(from, to), using);
  return output;
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

describe('applyFilters', () => {
  it('gives the same with SIMD and in plain JavaScript', () => {
    const clip = Float32Array.from({ length: 30_001 }, (_, i) => Math.sin(i * i * 0.01) * 0.9);
    for (const [from, to] of [
      [8000, 16000],
      [44100, 16000],
      [22050, 16000],
      [8000, 11025],
      [16000, 15999],
      [192000, 11025],
    ] as const) {
      const plain = apply(clip, from, to, undefined);
      const difference = apply(clip, from, to).map((value, i) => value - plain[i]!);
      assert.ok(largest(difference) < 2e-6, `${from} to ${to}: ${largest(difference)}`);
    }
  });

  it('joins the segments of long clips seamlessly', () => {
    for (const [from, to] of [
      [44100, 16000],
      [16000, 22050],
      [8000, 11025],
    ] as const) {
      const hz = 997;
      const clip = Float32Array.from({ length: 12 * from }, (_, i) =>
        Math.sin((2 * Math.PI * hz * i) / from),
      );
      const output = apply(clip, from, to);
      const error = output.map((value, i) => value - Math.sin((2 * Math.PI * hz * i) / to));
      assert.ok(largest(error.subarray(to >> 2, -to >> 2)) < 3e-5, `${from} to ${to}`);
    }
  });

  it('treats what is before and after a clip as silence, also between two filters', () => {
    const clip = Float32Array.of(0.9, -0.9, 0.9, 0.9);
    for (const [from, to] of [
      [44100, 16000],
      [8000, 11025],
    ] as const) {
      const alone = apply(clip, from, to);
      const padded = new Float32Array(6 * from);
      padded.set(clip, 3 * from);
      const inSilence = apply(padded, from, to).subarray(3 * to, 3 * to + alone.length);
      assert.ok(largest(alone.map((value, i) => value - inSilence[i]!)) < 1e-6, `${from} to ${to}`);
    }
  });
});

describe('planFilters', () => {
  it('uses one filter for ratios of small numbers and for very long filters, otherwise two', () => {
    assert.equal(planFilters(8000, 16000).sharp, undefined);
    assert.equal(planFilters(192000, 11025).sharp, undefined);
    assert.equal(planFilters(44100, 16000).sharp?.bank.to, 1);
    assert.equal(planFilters(48000, 44100).sharp?.bank.to, 2);
  });

  it('leaves few coefficients to the short filter', () => {
    assert.ok(planFilters(44100, 16000).last.bank.taps <= 12);
    assert.ok(planFilters(22050, 16000).last.bank.taps <= 28);
  });
});
