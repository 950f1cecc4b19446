import { readShort } from '../../files/regular-file.js';

/** The name of a checkpoint's file that describes its model. */
export const MODEL_CONFIG = 'config.json';

/** Defaults of transformers for models of these kinds. */
const USUAL = { kernels: [10, 3, 3, 3, 3, 2, 2], strides: [5, 2, 2, 2, 2, 2, 2], frames: 1 };
const SEW = {
  kernels: [10, 3, 1, 3, 1, 3, 1, 3, 1, 2, 1, 2, 1],
  strides: [5, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1],
  frames: 2,
};
const MODEL_TYPES: ReadonlyMap<unknown, typeof USUAL> = new Map([
  ...[
    'wav2vec2',
    'hubert',
    'wavlm',
    'data2vec-audio',
    'unispeech',
    'unispeech-sat',
    'wav2vec2-conformer',
  ].map((type) => [type, USUAL] as const),
  ['sew', SEW],
]);

/**
 * The minimum number of samples that a model takes (400 for wav2vec2-base: one frame), from its
 * `config.json`; `undefined` for another kind of model or a file that does not say. Problems with such a file
 * are reported when the model is loaded.
 */
export async function shortestClip(file: string): Promise<number | undefined> {
  let config: unknown;
  try {
    config = JSON.parse((await readShort(file)).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof config !== 'object' || config === null) return undefined;
  const { model_type, conv_kernel, conv_stride, squeeze_factor } = config as Record<string, unknown>;
  const usual = MODEL_TYPES.get(model_type);
  if (usual === undefined) return undefined;
  const [kernels, strides] = [conv_kernel ?? usual.kernels, conv_stride ?? usual.strides];
  if (!isSizes(kernels) || !isSizes(strides) || kernels.length !== strides.length) return undefined;
  const frames = usual === SEW ? [squeeze_factor ?? usual.frames] : [usual.frames];
  if (!isSizes(frames)) return undefined;
  return kernels.reduceRight((field, kernel, i) => (field - 1) * strides[i]! + kernel, frames[0]!);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isInteger(size) && size > 0);
}
