import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../data/known-columns.js';
import { EtudeError } from '../errors.js';
import type { OutlineProblem, Place } from '../stage-type.js';
import type { FeatureExtractorConfig } from './feature-extractor.js';
import {
  featureExtractorConfig,
  PREPROCESSOR_CONFIG,
  readPreprocessorConfig,
} from './preprocessor-config.js';

/** Where the configuration of a checkpoint's feature extractor lies, or the problem with the folder. */
export function locateConfig(folder: string, place: Place): { path: string } | { problem: OutlineProblem } {
  const directory = place.resolve(folder);
  const path = join(directory, PREPROCESSOR_CONFIG);
  if (existsSync(path)) return { path };
  const expected = `a checkpoint folder with a ${PREPROCESSOR_CONFIG}`;
  const param = ['feature_extractor'];
  if (existsSync(directory)) {
    return { problem: { param, message: `no ${PREPROCESSOR_CONFIG} in '${folder}'`, expected } };
  }
  const hub = /^[\w.-]+(\/[\w.-]+)?$/.test(folder) && !folder.startsWith('.');
  return {
    problem: {
      param,
      message: hub
        ? `no folder '${folder}'; loading from the Hugging Face Hub comes with a later version`
        : `no folder '${folder}'`,
      expected: `${expected}, or its content inline`,
    },
  };
}

/** The extractor that the parameter `feature_extractor` names (a checkpoint folder) or describes; `undefined` after a reported problem. */
export async function readConfig(
  feature_extractor: string | Record<string, unknown>,
  place: Place,
  report: Report,
): Promise<FeatureExtractorConfig | undefined> {
  const param = ['feature_extractor'];
  try {
    if (typeof feature_extractor !== 'string') return featureExtractorConfig(feature_extractor);
    const found = locateConfig(feature_extractor, place);
    if ('path' in found) return await readPreprocessorConfig(found.path);
    report(found.problem);
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    const file = error.where?.file === undefined ? '' : `${error.where.file}: `;
    report({ param, message: `${file}${error.message}`, expected: error.expected, got: error.got });
  }
  return undefined;
}
