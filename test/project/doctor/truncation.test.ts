import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featureExtractorConfig } from '../../../src/learning/audio/preprocessor-config.js';
import { lengthsOf } from '../../../src/project/doctor/heard.js';
import { checkTruncation } from '../../../src/project/doctor/truncation.js';

const lengths = (name: string, params: { max_length?: number; truncation?: boolean } = {}) =>
  lengthsOf(featureExtractorConfig({ feature_extractor_type: `${name}FeatureExtractor` }), {
    truncation: false,
    padding: false,
    ...params,
  });

test('clips of which the model hears the first second are a problem', () => {
  const seconds = [8, 8.5, 9, 10];
  const first = {
    stage: 'features',
    seconds,
    ...lengths('Wav2Vec2', { max_length: 16000, truncation: true }),
  };
  const found = checkTruncation({ heard: first });
  assert.equal(found.verdict, 'problem');
  assert.equal(
    found.found,
    'clips last 9 s (median), and the model hears the first 1 s of each: 11 % of the audio',
  );
  assert.match(found.advice!, /^Set max_length of 'features' to 144000, .* window stage/);

  const whole = { ...first, ...lengths('Wav2Vec2', { max_length: 160000, truncation: true }) };
  assert.equal(checkTruncation({ heard: whole }).verdict, 'fine');
  // Not truncated: max_length has no effect.
  const uncut = { ...first, ...lengths('Wav2Vec2', { max_length: 16000 }) };
  assert.match(checkTruncation({ heard: uncut }).found, /hears all of each/);
});

test('fixed lengths of spectrograms truncate, too', () => {
  const ast = checkTruncation({ heard: { stage: 'features', seconds: [60], ...lengths('AST') } });
  assert.match(ast.found, /the first 10\.2 s of each: 17 %/);
  const whisper = checkTruncation({ heard: { stage: 'features', seconds: [60], ...lengths('Whisper') } });
  assert.match(whisper.advice!, /fixed length: cut the clips into windows/);
  const seamless = lengths('SeamlessM4T', { max_length: 100, truncation: true });
  assert.equal(seamless.limit, 1);
});
