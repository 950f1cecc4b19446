import { posix } from 'node:path';
import { readShort } from '../../../files/regular-file.js';
import type { Features } from '../../../stage/artifact.js';
import type { LoadParams } from '../../../stage/params.js';
import type { SourceFolder } from '../../../stage/source-folder.js';
import { EtudeError } from '../../../util/errors.js';
import { withoutMark } from '../../../util/parse-json.js';
import { isRecord } from '../features.js';
import { ParameterError } from '../parameter-error.js';
import { cardFeatures } from './card-features.js';

const CARD = 'README.md';

/** One configuration of a dataset, from the YAML header of its README. */
export interface CardConfig {
  name: string;
  data_files?: LoadParams['data_files'];
  data_dir?: string;
  default: boolean;
  /** What the card says about its columns. */
  features?: Features;
}

/** The `configs` of a dataset card (`README.md`) in a folder; none if there is no card or no header. */
export async function cardConfigs(folder: SourceFolder): Promise<CardConfig[]> {
  if (!(await folder.isFile(CARD))) return [];
  await folder.fetch([CARD]);
  const text = withoutMark((await readShort(folder.file(CARD).path)).toString('utf8'));
  const shown = `${folder.shown}/${CARD}`;
  const header = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1];
  if (header === undefined) return [];
  const { parse } = await import('yaml');
  let card: unknown;
  try {
    card = parse(header, { maxAliasCount: 100 });
  } catch (cause) {
    throw new EtudeError("the dataset card's header is not YAML", {
      where: { file: shown },
      cause,
    });
  }
  const configs = isRecord(card) && Array.isArray(card.configs) ? card.configs.filter(isRecord) : [];
  return configs.map((config) => {
    const data_files = patternsOf(config.data_files);
    const data_dir = typeof config.data_dir === 'string' ? config.data_dir : undefined;
    for (const path of [data_files ?? [], data_dir ?? []].flatMap(pathsOf)) checkInside(path, shown);
    const name = String(config.config_name ?? 'default');
    const features = cardFeatures(card, name);
    return { name, data_files, data_dir, default: config.default === true, features };
  });
}

function pathsOf(value: NonNullable<LoadParams['data_files']>): string[] {
  return typeof value === 'string' ? [value] : Object.values(value).flat();
}

/** A card may only name files of its own dataset. */
function checkInside(path: string, file: string): void {
  if (!posix.isAbsolute(path) && !path.split(/[\\/]/).includes('..')) return;
  throw new EtudeError('a path points outside the dataset', { got: `'${path}'`, where: { file } });
}

/** `data_files` of a card: a pattern, a list of them, or a list of {split, path}. */
function patternsOf(value: unknown): LoadParams['data_files'] {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  if (!value.some(isRecord)) return value.map(String);
  return Object.fromEntries(
    value
      .filter(isRecord)
      .map(({ split, path }) => [String(split), Array.isArray(path) ? path.map(String) : String(path)]),
  );
}

/**
 * The configuration that `name` asks for: the only one, the one marked default or named `default` if `name`
 * is left out; `undefined` if the card lists none. An unknown or ambiguous one is an EtudeError that lists
 * them.
 */
export function chooseConfig(
  configs: readonly CardConfig[],
  name: string | undefined,
): CardConfig | undefined {
  if (configs.length === 0) return undefined;
  const wanted = (config: CardConfig) => (name === undefined ? config.default : config.name === name);
  const chosen =
    configs.find(wanted) ??
    (name === undefined
      ? (configs.find((config) => config.name === 'default') ??
        (configs.length === 1 ? configs[0] : undefined))
      : undefined);
  if (chosen !== undefined || name !== undefined) return chosen;
  throw new ParameterError('name', 'the dataset has several configurations, and none is selected', {
    names: configs.map((config) => config.name),
  });
}
