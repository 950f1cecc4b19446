import type { FeatureExtractorConfig } from '../../learning/audio/feature-extractor.js';
import { PREPROCESSOR_CONFIG, parsePreprocessorConfig } from '../../learning/audio/preprocessor-config.js';
import { FILE_OF } from '../../learning/export/dtypes/dtype-files.js';
import type { ModelConfig } from '../../learning/model/config.js';
import { ETUDE_FILE, parseEtudeFile } from '../../learning/model/etude-file.js';
import { parseConfig } from '../../learning/model/parse-config.js';
import { parseJson } from '../../util/parse-json.js';
import { ClassifierError } from '../classifier-error.js';
import type { Dtype } from '../types.js';
import { fetchText, missing } from './fetch-file.js';

/** What a model's folder says about it. */
export interface Description {
  config: ModelConfig;
  labels: readonly string[];
  extractor: FeatureExtractorConfig;
  /** Seconds. */
  windowSeconds: number;
  dtype: Dtype;
  /** Of the graph. */
  url: URL;
}

const HINT = 'The folder must hold what `etude export web` wrote, all of it.';

/**
 * Reads the small files of a model's folder.
 *
 * @param dtype the data type to open; undefined: the usual one
 * @throws ClassifierError for a folder that has no model, or none with that data type
 */
export async function describeModel(folder: URL, dtype: Dtype | undefined): Promise<Description> {
  const text = (name: string) => fetchText(new URL(name, folder));
  const needed = async (name: string) => {
    const found = await text(name);
    if (found === undefined) throw missing(new URL(name, folder), `there is none in ${folder.href}`, HINT);
    return found;
  };
  const [configText, extractorText, etude, report] = await Promise.all([
    needed('config.json'),
    needed(PREPROCESSOR_CONFIG),
    text(ETUDE_FILE),
    text('export_report.json'),
  ]);
  const config = parseConfig(jsonOf(configText, 'config.json'));
  const extractor = parsePreprocessorConfig(extractorText, PREPROCESSOR_CONFIG);
  if (config.id2label === undefined) throw new ClassifierError('model', 'config.json names no classes', HINT);
  const { max_input_length } = (etude === undefined ? undefined : parseEtudeFile(etude)) ?? {};
  const chosen = chooseDtype(dtype, report === undefined ? [] : dtypesIn(report));
  return {
    config,
    labels: config.id2label,
    extractor,
    windowSeconds: max_input_length === undefined ? 1 : max_input_length / extractor.sampling_rate,
    dtype: chosen,
    url: new URL(`onnx/${FILE_OF[chosen]}`, folder),
  };
}

function jsonOf(text: string, name: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new ClassifierError('model', `${name} is not JSON`, HINT);
  }
}

/** The data types that an export says it has. */
function dtypesIn(report: string): Dtype[] {
  try {
    const { dtypes } = parseJson(report) as { dtypes: { dtype: Dtype }[] };
    return dtypes.map(({ dtype }) => dtype).filter((dtype) => Object.hasOwn(FILE_OF, dtype));
  } catch {
    return [];
  }
}

function chooseDtype(asked: Dtype | undefined, there: readonly Dtype[]): Dtype {
  if (asked !== undefined && !Object.hasOwn(FILE_OF, asked))
    throw new ClassifierError(
      'model',
      `there is no data type '${asked}'`,
      `Use ${Object.keys(FILE_OF).join(', ')}.`,
    );
  if (there.length === 0) return asked ?? 'q8';
  if (asked !== undefined && !there.includes(asked))
    throw new ClassifierError(
      'model',
      `the model was not exported as ${asked}`,
      `The folder has ${there.join(', ')}.`,
    );
  return asked ?? (there.includes('q8') ? 'q8' : there[0]!);
}
