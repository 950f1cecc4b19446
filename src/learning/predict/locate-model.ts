import { openSourceFolder } from '../../stage/source-folder.js';
import type { EnsureOptions, Place } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { PREPROCESSOR_CONFIG } from '../audio/preprocessor-config.js';
import { errorOf } from '../data/name-problems.js';
import { ETUDE_FILE } from '../model/etude-file.js';
import { checkpointFiles } from '../model/locate-checkpoint.js';
import type { NamedFile } from '../model/tensor-files.js';

/**
 * The local files of a classifier: those of a model folder, or of a Hub repository, downloaded if necessary.
 *
 * @throws EtudeError if there is no such folder or repository, or a file is missing in it.
 */
export async function locateModel(
  model: string,
  place: Place,
  options: EnsureOptions & { revision?: string } = {},
): Promise<NamedFile[]> {
  const { revision, ...ensure } = options;
  // Opened first: a failure of the Hub is reported better here than as the problem of a parameter.
  await openSourceFolder(model, place, { type: 'model', revision });
  const found = await checkpointFiles(model, place, { param: 'model', weights: true, revision });
  if ('problem' in found) throw errorOf(found.problem);
  const names = found.files.map(({ name }) => name);
  if (!names.includes(PREPROCESSOR_CONFIG)) throw noPreprocessor(model);
  const { folder } = found.parts[0]!;
  const etude = (await folder.isFile(ETUDE_FILE)) ? [{ folder, names: [ETUDE_FILE] }] : [];
  const parts = [...found.parts, ...etude];
  for (const { folder, names } of parts) await folder.repository?.ensure(names, ensure);
  const files = parts.flatMap(({ folder, names }) => names.map((name) => folder.file(name)));
  return files.map(({ name, path }) => ({ name, path }));
}

/** Without its feature extractor, a model's expected input is unknown. */
export function noPreprocessor(model: string): EtudeError {
  return new EtudeError(`no ${PREPROCESSOR_CONFIG} in '${model}'`, {
    expected: 'a model folder with the feature extractor that the model was trained with',
  });
}
