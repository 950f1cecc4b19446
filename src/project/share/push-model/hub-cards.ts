import { parse } from 'yaml';
import { readShort } from '../../../files/regular-file.js';
import { isObject } from '../../../learning/report/json-shapes.js';
import type { Place } from '../../../stage/stage-type.js';
import type { License } from './facts.js';

const CARD = 'README.md';
/** An ISO 639 code, with a region perhaps. */
const LANGUAGE = /^[a-z]{2,3}(?:-[A-Za-z0-9]+)*$/;
const LICENSE = /^[a-z0-9][a-z0-9.+-]*$/;

/** What the card of a repository on the Hub says. */
export interface HubCard {
  license?: License;
  languages: string[];
}

/** Reads a repository's card; what it does not say, or where it cannot be had, is not known. */
export async function readHubCard(
  place: Place,
  type: 'model' | 'dataset',
  id: string,
  commit: string | undefined,
): Promise<HubCard> {
  try {
    const repository = await place.repository(type, id, commit);
    const file = repository.files.get(CARD);
    if (file === undefined) return { languages: [] };
    await repository.ensure([CARD]);
    return parseCard((await readShort(file.path)).toString('utf8'));
  } catch {
    return { languages: [] };
  }
}

/** What the metadata of a card says; the card may be anybody's. */
export function parseCard(text: string): HubCard {
  const [, block = ''] = /^\s*---\r?\n([\s\S]*?)\r?\n---/.exec(text) ?? [];
  const metadata = yamlIn(block);
  if (!isObject(metadata)) return { languages: [] };
  const { license, language } = metadata;
  const named = [license].flat().find((one) => typeof one === 'string' && LICENSE.test(one));
  const more = ['license_name', 'license_link'].flatMap((key) => {
    const value = metadata[key];
    return typeof value === 'string' && value.length <= 300 ? [[key, value] as const] : [];
  });
  return {
    ...(named !== undefined && {
      license: { license: String(named), ...(named === 'other' && Object.fromEntries(more)) },
    }),
    languages: [language]
      .flat()
      .filter((one): one is string => typeof one === 'string' && LANGUAGE.test(one)),
  };
}

/** What a text is in YAML; `undefined` if it is not YAML, or would grow when it is read. */
function yamlIn(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}
