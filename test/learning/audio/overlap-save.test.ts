import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { designFilterBank } from '../../../src/learning/audio/filter-bank.js';
import { filterSpectra } from '../../../src/learning/audio/filter-spectra.js';
import { overlapSave } from '../../../src/learning/audio/overlap-save.js';
import { exactRows } from '../../../src/learning/audio/polyphase.js';
import { compileResampler } from '../../../src/learning/audio/simd/kernel.js';

const kernel = compileResampler();

/** Both ways of resampling a clip. */
function bothWays(clip: Float32Array, from: number, to: number) {
  const bank = designFilterBank(from, to);
  const expected = new Float32Array(Math.ceil((clip.length * bank.to) / bank.from));
  const got = new Float32Array(expected.length);
  exactRows(clip, expected, bank);
  overlapSave(clip, got, bank, filterSpectra(bank)!, kernel!);
  return { expected, got };
}

function difference(clip: Float32Array, from: number, to: number): number {
  const { expected, got } = bothWays(clip, from, to);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
}

function chirp(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * i * 0.01) * 0.9);
}

describe('overlapSave', { skip: kernel === undefined && 'this machine has no WebAssembly SIMD' }, () => {
  it('equals plain JavaScript for clips of many groups of blocks', () => {
    for (const [from, to] of [
      [8000, 16000],
      [16000, 8000],
      [48000, 16000],
      [24000, 16000],
      [8000, 48000],
      [20000, 16000],
    ] as const) {
      const worst = difference(chirp(60_001), from, to);
      assert.ok(worst < 2e-6, `${from} to ${to}: ${worst}`);
    }
  });

  it('equals plain JavaScript for clips of any length', () => {
    const rates = fc.constantFrom([8000, 16000], [16000, 8000], [48000, 16000], [24000, 16000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9000 }), rates, (length, [from, to]) => {
        assert.ok(difference(chirp(length), from!, to!) < 2e-6);
      }),
      { numRuns: 40, seed: 4 },
    );
  });

  it('puts a click in any position of a block where it belongs', () => {
    for (const at of [0, 1, 903, 904, 905, 906, 1810, 3619, 3620, 7239, 7240, 7241]) {
      const clip = new Float32Array(8000);
      clip[at] = 1;
      const { expected, got } = bothWays(clip, 8000, 16000);
      const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
      assert.ok(worst < 1e-6, `click at ${at}: ${worst}`);
    }
  });

  it('keeps apart the two signals that share complex numbers', () => {
    // Blocks 0 and 4 are the real and imaginary parts of the same numbers: loud in one, silence in the other.
    const clip = chirp(8000).fill(0, 905 + 120);
    const { got } = bothWays(clip, 8000, 16000);
    const silent = got.subarray(2 * (905 + 240), got.length);
    assert.ok(silent.every((value) => Math.abs(value) < 1e-6));
  });

  it('gives the same bits whatever was resampled before', () => {
    const first = bothWays(chirp(5000), 8000, 16000).got;
    bothWays(chirp(9000), 48000, 16000);
    assert.deepEqual(bothWays(chirp(5000), 8000, 16000).got, first);
  });
});

describe('filterSpectra', () => {
  it('accepts only ratios of small numbers', () => {
    assert.notEqual(filterSpectra(designFilterBank(8000, 16000)), undefined);
    assert.equal(filterSpectra(designFilterBank(44100, 16000)), undefined);
    assert.equal(filterSpectra(designFilterBank(16000, 15999)), undefined);
  });
});
