import { readShortSync } from '../../files/regular-file.js';
import { type Kept, openSeal, unreadable } from '../../files/sealed.js';
import type { ArtifactKind } from '../../stage/artifact.js';
import { checkArtifact, type Found, map, optional, text, wholeNumber } from '../../stage/artifact-shape.js';
import { digestOfJson } from '../../util/canonical-json.js';
import { EtudeError } from '../../util/errors.js';
import type { Entry } from './types.js';

/**
 * The entry in one of the index's files; the seal detects damage, and an old file without one is checked
 * completely.
 */
export function readEntry(path: string, fingerprint: string): Entry | 'absent' | 'damaged' {
  let text: string;
  try {
    text = readShortSync(path).toString('utf8');
  } catch (error) {
    return unreadable(error).type === 'absent' ? 'absent' : 'damaged';
  }
  // As versions without seals wrote it: no damage can make a sealed file begin like that.
  const isOld = text.startsWith('{\n "fingerprint":');
  const kept: Kept = isOld ? parse(text) : openSeal(text);
  if (kept.type !== 'whole') return 'damaged';
  const entry = kept.json as Entry;
  const fits = isOld ? isWhole(entry, fingerprint) : entry.fingerprint === fingerprint;
  return fits ? entry : 'damaged';
}

/** Whether every field of an entry has its type, and its digests match what they refer to. */
export function isWhole(value: unknown, fingerprint: string): value is Entry {
  try {
    const entry = map(value, 'entry');
    const { kind } = map(entry.artifact, 'artifact');
    checkArtifact(entry.artifact, kind as ArtifactKind);
    checkFields(entry);
    const { parts, artifact, artifactDigest } = entry;
    return (
      entry.fingerprint === fingerprint &&
      digestOfJson(parts) === fingerprint &&
      digestOfJson(artifact) === artifactDigest
    );
  } catch (error) {
    if (error instanceof EtudeError || error instanceof RangeError) return false;
    throw error;
  }
}

function checkFields(entry: Found): void {
  const { format, uses, code, params, sources, inputs, libraries } = map(entry.parts, 'parts');
  if (format !== 1) throw new EtudeError('an entry in another format');
  for (const field of [params, sources]) map(field, 'parts');
  for (const field of [inputs, libraries])
    for (const one of Object.values(map(field, 'parts'))) text(one, 'parts');
  for (const field of [uses, code, entry.pipeline, entry.stage, entry.created]) text(field, 'entry');
  for (const field of [entry.seconds, entry.cost])
    if (typeof field !== 'number') throw new EtudeError('not a number');
  optional(entry.summary, 'summary', text);
  optional(entry.rowsComputed, 'rowsComputed', wholeNumber);
  optional(entry.warnings, 'warnings', (list) => eachOf(list, text));
  optional(entry.provenance, 'provenance', (value) => {
    const { type, name, signatures } = map(value, 'provenance');
    for (const field of [type, name]) text(field, 'provenance');
    optional(signatures, 'signatures', (list) =>
      eachOf(list, (one) => {
        const { key, signature } = map(one, 'signature');
        for (const field of [key, signature]) text(field, 'signature');
      }),
    );
  });
  optional(entry.repositories, 'repositories', (list) =>
    eachOf(list, (one) => {
      for (const field of Object.values(map(one, 'repository'))) text(field, 'repository');
    }),
  );
}

function eachOf(list: unknown, check: (value: unknown, place: string) => void): void {
  if (!Array.isArray(list)) throw new EtudeError('not a list');
  for (const one of list) check(one, 'list');
}

function parse(text: string): Kept {
  try {
    return { type: 'whole', json: JSON.parse(text), bytes: text.length };
  } catch {
    return { type: 'damaged' };
  }
}
