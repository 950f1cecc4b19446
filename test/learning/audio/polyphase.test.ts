import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { designFilterBank } from '../../../src/learning/audio/filter-bank.js';
import { exactRows, simdRows } from '../../../src/learning/audio/polyphase.js';
import { compileResampler } from '../../../src/learning/audio/simd/kernel.js';

const kernel = compileResampler();

describe('simdRows', { skip: kernel === undefined && 'this machine has no WebAssembly SIMD' }, () => {
  /** Runs the bank both ways; returns the largest difference. */
  function difference(length: number, from: number, to: number): number {
    const bank = designFilterBank(from, to);
    const clip = Float32Array.from({ length }, (_, i) => Math.sin(i * i * 0.01) * 0.9);
    const expected = new Float32Array(Math.ceil((length * bank.to) / bank.from));
    const got = new Float32Array(expected.length);
    exactRows(clip, expected, bank);
    simdRows(clip, got, bank, kernel!);
    return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
  }

  it('equals plain JavaScript for clips of many blocks', () => {
    for (const [from, to] of [
      [8000, 16000],
      [48000, 16000],
      [44100, 16000],
    ] as const) {
      assert.ok(difference(200_001, from, to) < 2e-6, `${from} to ${to}`);
    }
  });

  it('equals plain JavaScript for clips of any length', () => {
    const rates = fc.constantFrom([8000, 16000], [22050, 16000], [16000, 8000], [44100, 8000], [8000, 11025]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), rates, (length, [from, to]) => {
        assert.ok(difference(length, from!, to!) < 2e-6);
      }),
      { numRuns: 60, seed: 3 },
    );
  });
});
