import { readShort } from '../../files/regular-file.js';

/** The name of a checkpoint's file that describes its model. */
export const MODEL_CONFIG = 'config.json';

/** Defaults of transformers for a model of this kind. */
const KERNELS = [10, 3, 3, 3, 3, 2, 2];
const STRIDES = [5, 2, 2, 2, 2, 2, 2];
const MODEL_TYPES = ['wav2vec2', 'hubert', 'wavlm', 'data2vec-audio', 'unispeech', 'unispeech-sat'];

/**
 * The minimum number of samples for one frame of a model (400 for wav2vec2-base), from its `config.json`;
 * `undefined` for another kind of model or a file that does not say. Problems with such a file are reported
 * when the model is loaded.
 */
export async function shortestClip(file: string): Promise<number | undefined> {
  let config: unknown;
  try {
    config = JSON.parse((await readShort(file)).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof config !== 'object' || config === null) return undefined;
  const { model_type, conv_kernel, conv_stride } = config as Record<string, unknown>;
  if (!MODEL_TYPES.includes(model_type as string)) return undefined;
  const [kernels, strides] = [conv_kernel ?? KERNELS, conv_stride ?? STRIDES];
  if (!isSizes(kernels) || !isSizes(strides) || kernels.length !== strides.length) return undefined;
  return kernels.reduceRight((field, kernel, i) => (field - 1) * strides[i]! + kernel, 1);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isInteger(size) && size > 0);
}
