import { posix } from 'node:path';
import type { LoadParams } from '../../../stage/params.js';
import { openSourceFolder, type SourceFolder } from '../../../stage/source-folder.js';
import type { Place } from '../../../stage/stage-type.js';
import { byCodePoints } from '../../../util/code-points.js';
import { EtudeError } from '../../../util/errors.js';
import { ParameterError } from '../parameter-error.js';
import { cardConfigs } from './card-configs.js';
import { dataFile } from './expand-data-files.js';
import { locateFolder, NoDataError } from './locate-folder.js';
import type { Located } from './located.js';
import type { DataFile } from './table.js';

/** The branch where the Hub keeps its conversion of a dataset: `<configuration>/<split>/0000.parquet`. */
const CONVERTED = 'refs/convert/parquet';

/**
 * Finds the files of a dataset of the Hub: by the configurations of its card, otherwise by their names,
 * otherwise (for a dataset made by a script, or of other formats) the Hub's own conversion to Parquet.
 */
export async function locateOnHub(params: LoadParams, place: Place): Promise<Located> {
  const { path, revision, data_dir, data_files } = params;
  const open = (at?: string) => openSourceFolder(path, place, { type: 'dataset', revision: at });
  const folder = (await open(revision))!;
  const configs = await cardConfigs(folder);
  if (configs.length === 0 && isConverted(folder)) return locateConverted(params, folder);
  // A script is never run, and only it could read the files next to it.
  const scripted = configs.length === 0 && (await folder.isFile(`${posix.basename(path)}.py`));
  let reason: EtudeError = new NoDataError(`dataset '${path}' is built by a script, which is not run`, {
    expected: 'Parquet, CSV, JSON Lines or audio files',
  });
  if (!scripted || data_files !== undefined || data_dir !== undefined) {
    try {
      return await locateFolder(params, folder);
    } catch (error) {
      if (!(error instanceof NoDataError)) throw error;
      reason = error;
    }
  }
  const { message, expected } = reason;
  if ((revision !== undefined && revision !== 'main') || data_files !== undefined || data_dir !== undefined) {
    throw new EtudeError(message, {
      expected,
      hint: `For the Hub's own conversion, use revision: ${CONVERTED}.`,
    });
  }
  let converted: SourceFolder;
  try {
    converted = (await open(CONVERTED))!;
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    throw new EtudeError(message, {
      expected,
      got: `there is no conversion by the Hub either: ${error.message}`,
      hint: error.hint,
    });
  }
  return locateConverted(params, converted);
}

const converted = /^([^/]+)\/(partial-)?([^/]+)\/\d{4}\.parquet$/;

/** Whether all data of a repository has the layout of the Hub's conversions. */
function isConverted({ repository }: SourceFolder): boolean {
  const names = [...repository!.files.keys()].filter((name) => !name.startsWith('.') && name !== 'README.md');
  return (
    names.length > 0 &&
    names.every((name) => converted.test(name) || !name.endsWith('.parquet')) &&
    names.some((name) => converted.test(name))
  );
}

function locateConverted({ path, name }: LoadParams, folder: SourceFolder): Located {
  const configs = new Map<string, Map<string, DataFile[]>>();
  const warnings = [`'${path}' is read from the Hub's own conversion to Parquet`];
  for (const file of [...folder.repository!.files.keys()].sort(byCodePoints)) {
    const [, config, partial, split] = converted.exec(file) ?? [];
    if (config === undefined || split === undefined) continue;
    const splits = configs.get(config) ?? new Map<string, DataFile[]>();
    configs.set(config, splits.set(split, [...(splits.get(split) ?? []), dataFile(folder, file)]));
    const text = `the Hub has converted only the first part of split '${split}'`;
    if (partial !== undefined && (name === undefined || name === config) && !warnings.includes(text))
      warnings.push(text);
  }
  const names = [...configs.keys()];
  const chosen = name ?? (names.length === 1 ? names[0]! : 'default');
  const splits = configs.get(chosen);
  if (splits === undefined) {
    const message =
      name === undefined
        ? 'the dataset has several configurations, and none is selected'
        : `no configuration '${name}' in '${path}'`;
    throw new ParameterError('name', message, { wrong: name, names });
  }
  return {
    format: 'parquet',
    param: 'path',
    root: folder.root,
    splits: Object.fromEntries(splits),
    warnings,
  };
}
