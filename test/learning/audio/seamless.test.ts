import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { ExtractOptions } from '../../../src/learning/audio/extractors/extractor.js';
import { extractorOf } from '../../../src/learning/audio/extractors/index.js';
import { extractFeatures } from '../../../src/learning/audio/feature-extractor.js';
import { featureExtractorConfig } from '../../../src/learning/audio/preprocessor-config.js';
import { maxDifference } from '../../support/reference-model.js';

interface Case {
  config: object;
  together: boolean;
  options: ExtractOptions;
  made: { shape: [rows: number, columns: number]; values: string; mask: number[] | null }[];
}

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/audio/seamless.json', import.meta.url), 'utf8'),
) as { clips: string[]; cases: Case[] };
const floats = (base64: string) => new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
const clips = fixture.clips.map(floats);

describe('SeamlessM4TFeatureExtractor', () => {
  for (const { config, together, options, made } of fixture.cases) {
    const own = featureExtractorConfig(config);
    const kind = `${together ? 'together' : 'alone'}, ${JSON.stringify(options)}, rows of ${made[0]!.shape[1]}`;
    it(`has the features and masks of transformers: clips ${kind}`, () => {
      assert.deepEqual(extractorOf(own).shape?.(own, options), [undefined, made[0]!.shape[1]]);
      const { input_values, attention_mask } = extractFeatures(clips, own, options);
      made.forEach(({ shape, values, mask }, clip) => {
        assert.equal(input_values[clip]!.length, shape[0] * shape[1]);
        const kept = input_values[clip]!.filter((_, index) => index % 29 === 0);
        assert.ok(maxDifference(kept, floats(values)) < 1e-5, `clip ${clip}`);
        assert.deepEqual(attention_mask && [...attention_mask[clip]!], mask ?? undefined);
      });
    });
  }

  const read = (config: object) =>
    featureExtractorConfig({ feature_extractor_type: 'SeamlessM4TFeatureExtractor', ...config });

  it('leaves clips unchanged', () => {
    const before = clips[1]!.slice();
    extractFeatures(clips, read({}));
    assert.deepEqual(clips[1], before);
  });

  it('refuses what would take all memory, or what transformers cannot mask', () => {
    assert.throws(() => read({ num_mel_bins: 1e9 }), /num_mel_bins/);
    assert.throws(() => read({ stride: 1 }), /stride/);
    assert.throws(() => read({ sampling_rate: 8000 }), /sampling_rate/);
    const problems = (options: ExtractOptions) =>
      extractorOf(read({}))
        .problems(options, read({}))
        .map(({ option }) => option);
    assert.deepEqual(problems({ truncation: true, padding: 'max_length' }), ['truncation', 'padding']);
    assert.deepEqual(problems({ max_length: 1e9, truncation: true }), ['max_length']);
    assert.deepEqual(problems({ max_length: 500, truncation: true }), []);
  });

  it('has equal settled forms where the features are equal', () => {
    const own = read({});
    const { settle } = extractorOf(own);
    assert.deepEqual(
      settle(own, { max_length: 5 }),
      settle(own, { padding: 'do_not_pad', pad_to_multiple_of: 2 }),
    );
    assert.notDeepEqual(settle(own, { return_attention_mask: false }), settle(own, {}));
  });
});
