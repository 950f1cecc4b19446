import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type ExtractOptions, extractFeatures } from '../../../src/learning/audio/feature-extractor.js';
import {
  featureExtractorConfig,
  parsePreprocessorConfig,
} from '../../../src/learning/audio/preprocessor-config.js';

interface Case {
  name: string;
  config: Record<string, unknown>;
  options: ExtractOptions;
  input_values: string[];
  attention_mask?: string[];
}

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/audio/features.json', import.meta.url), 'utf8'),
) as {
  clips: string[];
  cases: Case[];
};
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64')).buffer;
const clips = fixture.clips.map((clip) => new Float32Array(bytes(clip)));

describe('extractFeatures', () => {
  for (const { name, config, options, input_values, attention_mask } of fixture.cases) {
    it(`equals transformers: ${name}, ${JSON.stringify(options)}`, () => {
      const features = extractFeatures(clips, featureExtractorConfig(config), options);
      assert.equal(features.attention_mask === undefined, attention_mask === undefined);
      attention_mask?.forEach((mask, i) => {
        assert.deepEqual(features.attention_mask![i], new Int32Array(bytes(mask)));
      });
      input_values.forEach((values, i) => {
        const expected = new Float32Array(bytes(values));
        const got = features.input_values[i]!;
        assert.equal(got.length, expected.length);
        const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - got[at]!)), 0);
        assert.ok(worst <= 1e-6, `clip ${i} differs by ${worst}`);
      });
    });
  }

  it('leaves the clips unchanged', () => {
    const clip = Float32Array.of(1, 2, 3);
    extractFeatures([clip], featureExtractorConfig({}));
    assert.deepEqual(clip, Float32Array.of(1, 2, 3));
  });

  it('refuses truncation and padding to max_length without max_length', () => {
    const config = featureExtractorConfig({});
    assert.throws(() => extractFeatures(clips, config, { truncation: true }), /truncation needs max_length/);
    assert.throws(() => extractFeatures(clips, config, { padding: 'max_length' }), /needs max_length/);
  });
});

describe('featureExtractorConfig', () => {
  it('fills in the defaults of transformers and ignores keys that do not apply', () => {
    assert.deepEqual(featureExtractorConfig({ processor_class: 'Wav2Vec2Processor', feature_size: 1 }), {
      feature_extractor_type: 'Wav2Vec2FeatureExtractor',
      sampling_rate: 16000,
      do_normalize: true,
      return_attention_mask: false,
      padding_value: 0,
      padding_side: 'right',
    });
  });

  it('refuses other extractors and wrong types, naming the file', () => {
    const clap = { feature_extractor_type: 'ClapFeatureExtractor' };
    assert.throws(
      () => featureExtractorConfig(clap, 'tiny/preprocessor_config.json'),
      (error: { describe(): string }) => {
        assert.match(error.describe(), /tiny\/preprocessor_config.json.*not supported/);
        assert.match(error.describe(), /got +"ClapFeatureExtractor"/);
        return true;
      },
    );
    assert.throws(() => featureExtractorConfig({ sampling_rate: '16000' }), /sampling_rate/);
    assert.throws(() => featureExtractorConfig({ sampling_rate: 0 }), /sampling_rate/);
    assert.throws(() => featureExtractorConfig({ feature_size: 80 }), /feature_size/);
    assert.throws(() => featureExtractorConfig([]), /configuration/);
    assert.throws(() => parsePreprocessorConfig('{', 'x.json'), /not valid JSON/);
    // A byte order mark, as editors on Windows write it.
    assert.equal(parsePreprocessorConfig('\ufeff{"sampling_rate": 8000}', 'x.json').sampling_rate, 8000);
  });
});
