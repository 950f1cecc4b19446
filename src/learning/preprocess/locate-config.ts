import { readShort } from '../../files/regular-file.js';
import { type FileOfSource, openSourceFolder, type SourceFolder } from '../../stage/source-folder.js';
import type { OutlineProblem, Place } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import type { FeatureExtractorConfig } from '../audio/feature-extractor.js';
import { featureExtractorConfig, PREPROCESSOR_CONFIG } from '../audio/preprocessor-config.js';
import { readPreprocessorConfig } from '../audio/read-preprocessor-config.js';
import { MODEL_CONFIG } from '../audio/shortest-clip.js';
import type { Report } from '../data/name-problems.js';
import { problemOf } from '../data/parameter-error.js';

/** Describes a PEFT adapter, in its folder. */
const ADAPTER_CONFIG = 'adapter_config.json';

/**
 * The configuration of a checkpoint's feature extractor (in a folder, or in a repository of the Hub) and, if
 * present, of its model; or the problem with it.
 */
export async function locateConfig(
  path: string,
  place: Place,
  revision?: string,
): Promise<{ file: FileOfSource; model?: FileOfSource } | { problem: OutlineProblem }> {
  const param = ['feature_extractor'];
  const expected = `a checkpoint folder with a ${PREPROCESSOR_CONFIG}`;
  try {
    const folder = await openSourceFolder(path, place, { type: 'model', revision });
    if (folder === undefined)
      return {
        problem: {
          param,
          message: `no such folder: '${path}'`,
          expected: `${expected}, or its contents inline`,
        },
      };
    if (!(await folder.isFile(PREPROCESSOR_CONFIG))) {
      const hint = await adapterHint(folder);
      return { problem: { param, message: `no ${PREPROCESSOR_CONFIG} in '${path}'`, expected, hint } };
    }
    // Read when a recipe is checked, however the Hub stores it.
    const names = (await folder.isFile(MODEL_CONFIG))
      ? [PREPROCESSOR_CONFIG, MODEL_CONFIG]
      : [PREPROCESSOR_CONFIG];
    await folder.fetch(names);
    const [file, model] = names.map((name) => folder.file(name));
    return { file: file!, model };
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    return { problem: problemOf(error, 'feature_extractor') };
  }
}

/** Repositories of PEFT adapters have no feature extractor: that of their base model goes with them. */
async function adapterHint(folder: SourceFolder): Promise<string | undefined> {
  if (!(await folder.isFile(ADAPTER_CONFIG))) return undefined;
  await folder.fetch([ADAPTER_CONFIG]);
  const text = (await readShort(folder.file(ADAPTER_CONFIG).path)).toString('utf8');
  const base = /"base_model_name_or_path"\s*:\s*("(?:[^"\\]|\\.){1,200}")/.exec(text)?.[1];
  const its = base === undefined ? '' : `: ${base}`;
  return `It is a PEFT adapter: give its base model instead${its}.`;
}

/**
 * The extractor that the parameter `feature_extractor` names (a checkpoint) or describes; `undefined` after a
 * reported problem.
 */
export async function readConfig(
  feature_extractor: string | Record<string, unknown>,
  place: Place,
  report: Report,
  revision?: string,
): Promise<FeatureExtractorConfig | undefined> {
  try {
    if (typeof feature_extractor !== 'string') return featureExtractorConfig(feature_extractor);
    const found = await locateConfig(feature_extractor, place, revision);
    if ('file' in found) return await readPreprocessorConfig(found.file.path);
    report(found.problem);
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    const file = error.where?.file === undefined ? '' : `${error.where.file}: `;
    const found = problemOf(error, 'feature_extractor');
    report({ ...found, message: `${file}${found.message}` });
  }
  return undefined;
}
