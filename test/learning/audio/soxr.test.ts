import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { resample } from '../../../src/learning/audio/resample.js';

interface Case {
  rate: number;
  band: string;
  pcm16: string;
  length: number;
  every_5th: string;
}

/** Speech resampled to 16 kHz by soxr HQ (test/fixtures/audio/make-soxr.py). */
const { cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/audio/soxr.json', import.meta.url), 'utf8'),
) as { cases: Case[] };
const buffer = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64')).buffer;

for (const { rate, band, pcm16, length, every_5th } of cases) {
  // The filters differ where both roll off, in the top tenth of the band.
  const [decibels, largest] = band === 'whole' ? [40, 2e-3] : [95, 1e-5];
  test(`speech at ${rate} Hz, ${band}: within ${decibels} dB and ${largest} of soxr HQ at 16 kHz`, () => {
    const samples = Float32Array.from(new Int16Array(buffer(pcm16)), (value) => value / 32768);
    const ours = resample(samples, rate, 16000);
    assert.ok(Math.abs(ours.length - length) <= 1, `${ours.length} samples, and ${length}`);
    const theirs = new Float32Array(buffer(every_5th));
    const errors = theirs.map((value, i) => ours[5 * i]! - value);
    const power = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
    const below = 10 * Math.log10(power(theirs) / power(errors));
    const worst = errors.reduce((most, error) => Math.max(most, Math.abs(error)), 0);
    assert.ok(below >= decibels && worst <= largest, `${below} dB, largest ${worst}`);
  });
}
