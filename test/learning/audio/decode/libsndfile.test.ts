import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeAudio } from '../../../../src/learning/audio/decode/decode-audio.js';

interface Case {
  name: string;
  sampling_rate: number;
  file: string;
  samples: string;
}

/** Made by test/fixtures/audio/make-libsndfile.py. */
const { cases } = JSON.parse(
  readFileSync(new URL('../../../fixtures/audio/libsndfile.json', import.meta.url), 'utf8'),
) as { cases: Case[] };
const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'));

for (const [row, { name, sampling_rate, file, samples }] of cases.entries()) {
  test(`${name}, ${sampling_rate} Hz: the samples that libsndfile reads, bit for bit`, async () => {
    const decoded = await decodeAudio(bytesOf(file), { name, row });
    assert.equal(decoded.sampling_rate, sampling_rate);
    assert.deepEqual(decoded.samples, new Float32Array(bytesOf(samples).buffer));
  });
}
