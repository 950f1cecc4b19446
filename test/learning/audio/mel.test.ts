import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, test } from 'node:test';
import { extractorOf } from '../../../src/learning/audio/extractors/index.js';
import { extractFeatures } from '../../../src/learning/audio/feature-extractor.js';
import { fourier } from '../../../src/learning/audio/mel/fourier.js';
import { featureExtractorConfig } from '../../../src/learning/audio/preprocessor-config.js';

interface Case {
  config: { feature_extractor_type: string };
  shape: [rows: number, columns: number];
  every: number;
  values: string[];
}

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/audio/mel.json', import.meta.url), 'utf8'),
) as { clips: string[]; cases: Case[] };
const floats = (base64: string) => new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
const clips = fixture.clips.map(floats);

describe('log-mel features', () => {
  for (const { config, shape, every, values } of fixture.cases) {
    it(`are those of transformers: ${config.feature_extractor_type}, ${shape.join(' by ')}`, () => {
      const own = featureExtractorConfig(config);
      assert.deepEqual(extractorOf(own).shape?.(own, {}), shape);
      const { input_values, attention_mask } = extractFeatures(clips, own);
      assert.equal(attention_mask, undefined);
      values.forEach((kept, clip) => {
        const got = input_values[clip]!;
        assert.equal(got.length, shape[0] * shape[1]);
        floats(kept).forEach((value, index) => {
          assert.ok(
            Math.abs(value - got[index * every]!) < 1e-5,
            `clip ${clip}, ${index}: ${got[index * every]} and ${value}`,
          );
        });
      });
    });
  }

  it('leave the clips unchanged, and do not depend on those before', () => {
    for (const { config } of fixture.cases.slice(0, 5)) {
      const own = featureExtractorConfig(config);
      const before = clips[4]!.slice();
      const [last] = extractFeatures([clips[4]!], own).input_values;
      assert.deepEqual(clips[4], before);
      assert.deepEqual(extractFeatures(clips, own).input_values[4], last);
    }
  });
});

test('transforms of any size are discrete Fourier transforms', () => {
  for (const size of [1, 2, 3, 7, 8, 12, 25, 30, 64]) {
    const re = Float64Array.from({ length: size }, (_, index) => Math.sin(index * index + 1));
    const im = Float64Array.from({ length: size }, (_, index) => Math.cos(3 * index));
    const expected = Array.from({ length: size }, (_, k) => {
      let [x, y] = [0, 0];
      for (let n = 0; n < size; n += 1) {
        const angle = (-2 * Math.PI * k * n) / size;
        x += re[n]! * Math.cos(angle) - im[n]! * Math.sin(angle);
        y += re[n]! * Math.sin(angle) + im[n]! * Math.cos(angle);
      }
      return [x, y];
    });
    const got = fourier(size)(re.slice(), im.slice());
    expected.forEach(([x, y], k) => {
      assert.ok(Math.hypot(got.re[k]! - x!, got.im[k]! - y!) < 1e-11, `size ${size}, ${k}`);
    });
  }
});

describe('configurations of extractors that make spectrograms', () => {
  const read = (config: object) => featureExtractorConfig(config, 'x.json');
  const ast = { feature_extractor_type: 'ASTFeatureExtractor' };
  const whisper = { feature_extractor_type: 'WhisperFeatureExtractor' };

  it('are refused where they would take all memory, or mean something else', () => {
    assert.throws(() => read({ ...ast, max_length: 1e9 }), /max_length/);
    assert.throws(() => read({ ...ast, num_mel_bins: 0 }), /num_mel_bins/);
    assert.throws(() => read({ ...ast, sampling_rate: 8000 }), /sampling_rate/);
    assert.throws(() => read({ ...whisper, chunk_length: 1e6 }), /chunk_length/);
    assert.throws(() => read({ ...whisper, n_fft: 1e6 }), /n_fft/);
    assert.throws(() => read({ ...whisper, dither: 0.1 }), /dither/);
  });

  it('have options that fit their extractor', () => {
    const problems = (config: object, options: object) => {
      const own = read(config);
      return extractorOf(own)
        .problems(options, own)
        .map(({ option }) => option);
    };
    assert.deepEqual(problems(ast, { max_length: 512, truncation: true, padding: 'max_length' }), []);
    assert.deepEqual(problems(ast, { max_length: 2 ** 20 }), ['max_length']);
    assert.deepEqual(problems(ast, { padding: 'longest' }), ['padding']);
    assert.deepEqual(problems(whisper, { truncation: true, padding: 'max_length' }), []);
    assert.deepEqual(problems(whisper, { max_length: 16000, return_attention_mask: true }), [
      'max_length',
      'return_attention_mask',
    ]);
  });

  it('are equal in settled form where the features are', () => {
    const own = read(ast);
    const settled = extractorOf(own).settle(own, { max_length: 512, truncation: true });
    assert.deepEqual(settled, { config: { ...own, max_length: 512 }, options: {} });
  });
});
