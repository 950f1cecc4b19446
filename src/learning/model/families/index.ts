import { EtudeError } from '../../../util/etude-error.js';
import type { ModelConfig } from '../config.js';
import { ast } from './audio-spectrogram-transformer.js';
import { data2vecAudio } from './data2vec-audio.js';
import type { Family } from './family.js';
import { hubert } from './hubert.js';
import { type ModuleNames, WAV2VEC2_NAMES } from './module-names.js';
import { sew } from './sew.js';
import { unispeech } from './unispeech.js';
import { unispeechSat } from './unispeech-sat.js';
import { wav2vec2 } from './wav2vec2.js';
import { wav2vec2Bert } from './wav2vec2-bert.js';
import { wav2vec2Conformer } from './wav2vec2-conformer.js';
import { wavlm } from './wavlm.js';
import { whisper } from './whisper.js';

/** The supported families by `model_type`. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  wav2vec2,
  hubert,
  wavlm,
  'data2vec-audio': data2vecAudio,
  unispeech,
  'unispeech-sat': unispeechSat,
  sew,
  'wav2vec2-conformer': wav2vec2Conformer,
  'wav2vec2-bert': wav2vec2Bert,
  'audio-spectrogram-transformer': ast,
  whisper,
};

/** What `AutoModelForAudioClassification` of transformers 5 opens besides. */
const OTHERS = ['sew-d'];

/** The family of a parsed configuration. */
export function familyOf({ model_type }: ModelConfig): Family {
  return FAMILIES[model_type]!;
}

/** What modules of a model are called. */
export function namesOf(config: ModelConfig): ModuleNames {
  return familyOf(config).names ?? WAV2VEC2_NAMES;
}

/** Names of the feature projection's parts, after the prefix. */
export function projectionNames(config: ModelConfig): { norm: string; linear: string | undefined } {
  const usual = { norm: 'feature_projection.layer_norm', linear: 'feature_projection.projection' };
  return familyOf(config).projection?.(config) ?? usual;
}

/**
 * The family that a file names.
 *
 * @param type Its `model_type`.
 * @param file The file's name, for messages.
 * @throws EtudeError for an unsupported family, or a model that is not an audio classifier.
 */
export function familyOfType(type: unknown, file: string): { model_type: string; family: Family } {
  if (typeof type === 'string' && Object.hasOwn(FAMILIES, type))
    return { model_type: type, family: FAMILIES[type]! };
  throw new EtudeError(problemOf(type), {
    expected: `one of ${Object.keys(FAMILIES).join(', ')}`,
    where: { file },
  });
}

function problemOf(type: unknown): string {
  if (type === undefined || type === null) return 'the model configuration has no model_type';
  const named = typeof type === 'string' ? `model_type '${type}'` : `model_type ${JSON.stringify(type)}`;
  return OTHERS.includes(type as string)
    ? `${named} is not supported`
    : `${named} is not a family of audio classifiers`;
}
