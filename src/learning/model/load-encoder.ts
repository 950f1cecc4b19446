import { EtudeError } from '../../util/errors.js';
import { describeDifferences, loadModel } from './checkpoint.js';
import type { Model } from './model.js';
import { basePrefix } from './parameter-names.js';
import type { NamedFile } from './tensor-files.js';

/**
 * A checkpoint's encoder: a model whose head means nothing.
 *
 * @param layers Its lowest ones alone; default: all.
 * @returns The model, and what the checkpoint lacks of the encoder, a sentence each.
 * @throws EtudeError as `loadModel`, and when a parameter of the encoder has another shape.
 */
export async function loadEncoder(
  files: readonly NamedFile[],
  layers?: number,
): Promise<{ model: Model; differences: string[] }> {
  // Whisper's configuration calls it otherwise.
  const config = layers === undefined ? {} : { num_hidden_layers: layers, encoder_layers: layers };
  const loaded = await loadModel(files, { labels: ['0', '1'], config, ignoreMismatchedSizes: true });
  const prefix = basePrefix(loaded.config);
  const wrong = loaded.mismatched.find(({ name }) => name.startsWith(prefix));
  if (wrong !== undefined)
    throw new EtudeError(`'${wrong.name}' has another shape in the checkpoint`, {
      expected: `[${wrong.expected}]`,
      got: `[${wrong.got}]`,
    });
  const missing = loaded.missing.filter(
    (name) => name.startsWith(prefix) && !name.endsWith('masked_spec_embed'),
  );
  return {
    model: loaded,
    differences: describeDifferences({ ...loaded, missing, mismatched: [], unexpected: [] }),
  };
}
