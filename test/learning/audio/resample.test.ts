import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { resample } from '../../../src/learning/audio/resample.js';

/** One second of a sine of amplitude 1. */
function tone(hz: number, rate: number): Float32Array {
  return Float32Array.from({ length: rate }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate));
}

/**
 * The middle half of a signal as `a·sin + b·cos` of a frequency, and the residual. Powers are relative to a
 * full sine.
 */
function fit(signal: Float32Array, rate: number, hz: number): { gain: number; phase: number; rest: number } {
  const [start, end] = [signal.length >> 2, (signal.length * 3) >> 2];
  let [ss, sc, cc, ys, yc] = [0, 0, 0, 0, 0];
  const at = (i: number) => (2 * Math.PI * hz * i) / rate;
  for (let i = start; i < end; i++) {
    const [s, c] = [Math.sin(at(i)), Math.cos(at(i))];
    ss += s * s;
    sc += s * c;
    cc += c * c;
    ys += signal[i]! * s;
    yc += signal[i]! * c;
  }
  const determinant = ss * cc - sc * sc;
  const [a, b] = [(ys * cc - yc * sc) / determinant, (yc * ss - ys * sc) / determinant];
  let power = 0;
  for (let i = start; i < end; i++) power += (signal[i]! - a * Math.sin(at(i)) - b * Math.cos(at(i))) ** 2;
  return {
    gain: decibels(a * a + b * b),
    phase: Math.atan2(b, a),
    rest: decibels((2 * power) / (end - start)),
  };
}

function decibels(power: number): number {
  return 10 * Math.log10(power);
}

/** Frequencies evenly spaced from `low` to `high`. */
function sweep(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

const pairs: [from: number, to: number][] = [
  [8000, 16000],
  [16000, 8000],
  [44100, 16000],
  [48000, 16000],
  [22050, 16000],
  [11025, 16000],
  [8000, 11025],
  // Large coprime numbers: interpolated between the rows of a bounded bank.
  [16000, 15999],
  [8000, 16001],
];

describe('resample', () => {
  for (const [from, to] of pairs) {
    const nyquist = Math.min(from, to) / 2;
    it(`${from} to ${to} Hz is flat to 0.1 dB up to 90 % of the lower Nyquist frequency, without delay`, () => {
      for (const hz of sweep(20, 0.9 * nyquist, 9)) {
        const { gain, phase } = fit(resample(tone(hz, from), from, to), to, hz);
        assert.ok(Math.abs(gain) <= 0.1, `${gain} dB at ${hz} Hz`);
        assert.ok(Math.abs(phase) <= 1e-6, `phase ${phase} at ${hz} Hz`);
      }
    });

    it(`${from} to ${to} Hz has images and aliases at least 90 dB down`, () => {
      for (const hz of sweep(20, 0.999 * nyquist, 9)) {
        const { rest } = fit(resample(tone(hz, from), from, to), to, hz);
        assert.ok(rest <= -90, `${rest} dB beside a tone of ${hz} Hz`);
      }
      if (from <= to * 1.01) return;
      for (const hz of sweep(1.0001 * nyquist, 0.499 * from, 15)) {
        const folded = resample(tone(hz, from), from, to).slice(to >> 2, (to * 3) >> 2);
        const power = folded.reduce((sum, value) => sum + value * value, 0) / folded.length;
        assert.ok(decibels(2 * power) <= -90, `${decibels(2 * power)} dB from a tone of ${hz} Hz`);
      }
    });
  }

  it('gives ⌈n · to / from⌉ samples', () => {
    const rate = fc.oneof(
      // Any rate needs the largest filter bank.
      { weight: 1, arbitrary: fc.integer({ min: 1000, max: 50000 }) },
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 50 }).map((kilohertz) => 1000 * kilohertz) },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), rate, rate, (length, from, to) => {
        assert.equal(resample(new Float32Array(length), from, to).length, Math.ceil((length * to) / from));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('keeps a constant exactly, and is linear', () => {
    const flat = resample(new Float32Array(4000).fill(0.5), 8000, 16000);
    assert.ok(flat.slice(500, -500).every((value) => Math.abs(value - 0.5) < 1e-6));
    const a = resample(tone(300, 8000), 8000, 16000);
    const b = resample(
      tone(300, 8000).map((value) => value * 2),
      8000,
      16000,
    );
    assert.ok(a.every((value, i) => Math.abs(b[i]! - 2 * value) < 1e-6));
  });

  it('treats what is before and after a clip as silence', () => {
    const clip = Float32Array.of(0.3, -0.2, 0.5);
    const alone = resample(clip, 8000, 16000);
    const padded = new Float32Array(403);
    padded.set(clip, 200);
    const inSilence = resample(padded, 8000, 16000).slice(400, 406);
    assert.ok(alone.every((value, i) => Math.abs(value - inSilence[i]!) < 2e-7));
  });

  it('does nothing at equal rates, and refuses invalid ones', () => {
    const clip = Float32Array.of(1, 2);
    assert.equal(resample(clip, 8000, 8000), clip);
    assert.throws(() => resample(clip, 0, 8000), /positive whole numbers/);
    assert.throws(() => resample(clip, 8000, 44100.5), /positive whole numbers/);
  });
});
