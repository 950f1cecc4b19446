import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { decodeAudio } from '../src/learning/audio/decode/decode-audio.js';
import { extractFeatures, type FeatureExtractorConfig } from '../src/learning/audio/feature-extractor.js';
import { resample } from '../src/learning/audio/resample.js';

/** Files to turn into features, and how. */
export interface PreprocessingPiece {
  paths: string[];
  config: FeatureExtractorConfig;
  max_length: number;
}

/**
 * What `cast-audio` and `map-preprocess` do to a clip. The features stay in the thread, which only reports
 * their number.
 */
parentPort!.on('message', async ({ paths, config, max_length }: PreprocessingPiece) => {
  const features: Float32Array[] = [];
  for (const [row, path] of paths.entries()) {
    const { samples, sampling_rate } = await decodeAudio(readFileSync(path), { name: path, row });
    const clip = resample(samples, sampling_rate, config.sampling_rate);
    features.push(...extractFeatures([clip], config, { truncation: true, max_length }).input_values);
  }
  parentPort!.postMessage(features.reduce((sum, { length }) => sum + length, 0));
});
