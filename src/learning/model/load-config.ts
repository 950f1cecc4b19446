import { readShort } from '../../files/regular-file.js';
import { EtudeError } from '../../util/errors.js';
import { parseJson } from '../../util/parse-json.js';
import type { ModelConfig } from './config.js';
import { parseConfig } from './parse-config.js';
import type { NamedFile } from './tensor-files.js';

/**
 * Reads and checks the folder's `config.json`.
 *
 * @param overrides Values instead of the file's, as `from_pretrained` takes them.
 */
export async function loadConfig(
  files: readonly NamedFile[],
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<ModelConfig> {
  const file = files.find(({ name }) => name === 'config.json');
  if (file === undefined) throw new EtudeError('the checkpoint has no config.json');
  let raw: unknown;
  try {
    raw = parseJson((await readShort(file.path)).toString('utf8'));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new EtudeError('config.json of the checkpoint is not JSON', {
      got: cause.message,
      where: { file: file.path },
      cause,
    });
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return parseConfig(raw, file.path);
  return parseConfig({ ...raw, ...overrides }, file.path);
}
