import type { Artifact, ArtifactKind } from '../../stage/artifact.js';
import { checkArtifact, type Found, map, optional, text, wholeNumber } from '../../stage/artifact-shape.js';
import { canonicalJson, digestOfJson } from '../../util/canonical-json.js';
import { EtudeError } from '../../util/errors.js';
import { isDigest } from './entries.js';
import { checkForeign } from './foreign-artifact.js';
import type { Entry, FingerprintParts, PinnedRepository } from './types.js';

/** The longest index entry that is read from elsewhere. Bytes. */
export const LARGEST_ENTRY = 32 * 1024 * 1024;

const KINDS: readonly string[] = ['dataset', 'model', 'report'] satisfies ArtifactKind[];

/** An entry as it is shared: where this cache got it from is nobody else's business. */
export function formatEntry({ provenance: _, ...entry }: Entry): string {
  return `${JSON.stringify(entry, null, 1)}\n`;
}

/**
 * An entry that somebody else wrote, proven to be under its own key and to be what the cache expects, or an
 * EtudeError: the fingerprint is the hash of the entry's own parts, the artifact's digest that of the
 * artifact, and every field has its type. Unknown fields are dropped. Whether these parts really give this
 * artifact cannot be known without computing it.
 */
export function foreignEntry(json: string, fingerprint: string): Entry {
  try {
    return checked(json, fingerprint);
  } catch (error) {
    // Endlessly nested lists.
    if (error instanceof RangeError) throw refusal(fingerprint, 'JSON of reasonable depth', 'deeper JSON');
    throw error;
  }
}

function checked(json: string, fingerprint: string): Entry {
  const entry = parse(json, fingerprint);
  const parts = partsOf(entry.parts);
  if (entry.fingerprint !== fingerprint || digestOfJson(parts) !== fingerprint) {
    throw refusal(
      fingerprint,
      'an entry filed under its own fingerprint',
      'an entry with another fingerprint',
    );
  }
  const artifact = map(entry.artifact, 'artifact');
  const { kind } = artifact;
  if (typeof kind !== 'string' || !KINDS.includes(kind))
    throw refusal(fingerprint, `an artifact of kind ${KINDS.join(', ')}`, `kind ${String(kind)}`);
  checkForeign(artifact);
  checkArtifact(entry.artifact, kind as ArtifactKind);
  canonicalJson(entry.artifact);
  if (entry.artifactDigest !== digestOfJson(entry.artifact))
    throw refusal(fingerprint, "the artifact's own digest", 'a different one');
  const result: Entry = {
    fingerprint,
    parts,
    artifact: entry.artifact as Artifact,
    artifactDigest: entry.artifactDigest as string,
    pipeline: label(entry.pipeline, 'pipeline'),
    stage: label(entry.stage, 'stage'),
    seconds: amount(entry.seconds, 'seconds'),
    cost: amount(entry.cost, 'cost'),
    created: date(entry.created),
  };
  optional(entry.rowsComputed, 'rowsComputed', wholeNumber);
  if (entry.rowsComputed !== undefined) result.rowsComputed = entry.rowsComputed as number;
  if (entry.summary !== undefined) result.summary = label(entry.summary, 'summary');
  if (entry.warnings !== undefined) result.warnings = warnings(entry.warnings);
  if (entry.repositories !== undefined) result.repositories = repositories(entry.repositories);
  return result;
}

function parse(json: string, fingerprint: string): Found {
  try {
    return map(JSON.parse(json), 'the entry');
  } catch (error) {
    if (error instanceof EtudeError) throw error;
    throw refusal(fingerprint, 'JSON', 'something else');
  }
}

/** Parts are kept completely, including unknown ones: the fingerprint is computed from them. */
function partsOf(value: unknown): FingerprintParts {
  const parts = map(value, 'parts');
  if (parts.format !== 1) throw mistake('parts.format', '1', parts.format);
  text(parts.uses, 'parts.uses');
  text(parts.code, 'parts.code');
  map(parts.params, 'parts.params');
  map(parts.sources, 'parts.sources');
  for (const field of ['params', 'sources', 'inputs', 'libraries'])
    if (Object.hasOwn(map(parts[field], `parts.${field}`), '__proto__'))
      throw mistake(`parts.${field}`, 'names of parameters', '__proto__');
  for (const field of ['inputs', 'libraries']) {
    for (const [key, item] of Object.entries(map(parts[field], `parts.${field}`)))
      text(item, `parts.${field}.${key}`);
  }
  return parts as unknown as FingerprintParts;
}

function repositories(value: unknown): PinnedRepository[] {
  if (!Array.isArray(value)) throw mistake('repositories', 'a list', value);
  return value.map((item, i) => {
    const { param, type, id, revision, commit } = map(item, `repositories[${i}]`);
    if (type !== 'model' && type !== 'dataset')
      throw mistake(`repositories[${i}].type`, 'model or dataset', type);
    const at = (field: string) => `repositories[${i}].${field}`;
    return {
      param: label(param, at('param')),
      type,
      id: label(id, at('id')),
      revision: label(revision, at('revision')),
      commit: label(commit, at('commit')),
    };
  });
}

function warnings(value: unknown): string[] {
  if (!Array.isArray(value) || value.length > 1000)
    throw mistake('warnings', 'a list of at most 1000', value);
  return value.map((text, i) => label(text, `warnings[${i}]`));
}

/** Text that is shown on a terminal: nothing in it may control one. */
function label(value: unknown, place: string): string {
  if (typeof value !== 'string' || value.length > 10_000 || /\p{Cc}/u.test(value))
    throw mistake(place, 'a line of plain text', value);
  return value;
}

function amount(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw mistake(place, 'a number of at least 0', value);
  return value;
}

function date(value: unknown): string {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value))
    throw mistake('created', 'a date and time', value);
  return value;
}

function mistake(place: string, expected: string, got: unknown): EtudeError {
  return new EtudeError(`not a cache entry: ${place}`, {
    expected,
    got: typeof got === 'string' ? JSON.stringify(got.slice(0, 80)) : typeof got,
  });
}

function refusal(fingerprint: string, expected: string, got: string): EtudeError {
  const shown = isDigest(fingerprint) ? fingerprint.slice(0, 12) : 'in a bundle';
  return new EtudeError(`entry ${shown} is refused`, { expected, got });
}
