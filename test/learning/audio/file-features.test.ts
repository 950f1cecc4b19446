import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeAudio } from '../../../src/learning/audio/decode/decode-audio.js';
import { type ExtractOptions, extractFeatures } from '../../../src/learning/audio/feature-extractor.js';
import { featureExtractorConfig } from '../../../src/learning/audio/preprocessor-config.js';
import { wavFile } from '../../support/wav-file.js';

interface File {
  seed: number;
  frames: number;
  channels: number;
  offset: number;
}

interface Case {
  name: string;
  config: Record<string, unknown>;
  options: ExtractOptions;
  lengths: number[];
  /** Every 331st value, and the last two. */
  input_values: string[];
  /** The number of ones in each mask, which come first. */
  valid?: number[];
}

/** Made by test/fixtures/audio/make-file-features.py. */
const { files, cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/audio/file-features.json', import.meta.url), 'utf8'),
) as { files: File[]; cases: Case[] };

/** The generator of make-file-features.py. */
function fileOf({ seed, frames, channels, offset }: File): Uint8Array {
  const data = Buffer.alloc(2 * frames * channels);
  let state = seed;
  for (let i = 0; i < frames * channels; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const loudness = 1 + (Math.floor(i / 400) % 9);
    data.writeInt16LE(Math.floor((((state >>> 16) % 8192) - 4096) * loudness * 0.25) + offset, 2 * i);
  }
  return wavFile({ data, channels });
}

/** Relative where values are large: they are float32 there, whose steps near 8 are 1e-6. */
function distance(got: number, expected: number): number {
  return Math.abs(got - expected) / Math.max(1, Math.abs(expected));
}

const clips = await Promise.all(
  files.map(async (file, row) => (await decodeAudio(fileOf(file), { name: 'clip.wav', row })).samples),
);

for (const { name, config, options, lengths, input_values, valid } of cases) {
  test(`mono and stereo files, ${name}, ${JSON.stringify(options)}: the features of transformers`, () => {
    const features = extractFeatures(clips, featureExtractorConfig(config), options);
    assert.deepEqual(
      features.input_values.map((values) => values.length),
      lengths,
    );
    input_values.forEach((base64, i) => {
      const expected = new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
      const values = features.input_values[i]!;
      const got = [...values.filter((_, at) => at % 331 === 0), ...values.slice(-2)];
      assert.equal(got.length, expected.length);
      const worst = got.reduce((most, value, at) => Math.max(most, distance(value, expected[at]!)), 0);
      assert.ok(worst <= 1e-6, `clip ${i} differs by ${worst}`);
    });
    assert.deepEqual(
      features.attention_mask?.map((mask) => (mask.indexOf(0) < 0 ? mask.length : mask.indexOf(0))),
      valid,
    );
    assert.deepEqual(
      features.attention_mask?.map((mask) => mask.reduce((sum, one) => sum + one, 0)),
      valid,
    );
  });
}
