import { EtudeError } from '../../util/errors.js';
import { isDigest } from '../cache/entries.js';
import { foldedName, nameProblem } from './member-names.js';
import { BLOCK, LARGEST_MEMBER, storedSize } from './ustar.js';

/** Incremented when older versions would misread a bundle. */
export const BUNDLE_FORMAT = 1;

/** The first member of a bundle, which lists all others in their order. */
export const MANIFEST = 'etude-bundle.json';

/** More than any pipeline makes, and few enough to be checked quickly. */
export const MOST_MEMBERS = 100_000;

/** Bytes. */
export const LARGEST_MANIFEST = 32 * 1024 * 1024;

export interface Member {
  name: string;
  /** Bytes. */
  size: number;
  sha256: string;
}

/** `none`, `small` (results of at most 32 MB each) or `all`: how much of the cache a bundle includes. */
export type ObjectChoice = 'none' | 'small' | 'all';

export interface Manifest {
  format: typeof BUNDLE_FORMAT;
  /** The pipeline's name. */
  pipeline: string;
  /** The recipe's member name, without `project/`. */
  recipe: string;
  objects: ObjectChoice;
  /** Own stage modules and what they import, without `project/`: code that a run would execute. */
  modules: string[];
  /** Packages that these import, `name@version`: anyone who wants to run them has to install these. */
  packages: string[];
  members: Member[];
}

/** What a member is, by its name. */
export type MemberKind =
  | { type: 'project'; path: string }
  | { type: 'object'; digest: string }
  | { type: 'entry'; fingerprint: string }
  | { type: 'chunk'; key: string };

/** What a member's name means; `undefined` for one that no bundle has. */
export function memberKind(name: string): MemberKind | undefined {
  if (name.startsWith('project/')) return { type: 'project', path: name.slice('project/'.length) };
  const [, folder, digest] = /^cache\/(objects|index|chunks)\/([0-9a-f]{64})(?:\.json)?$/.exec(name) ?? [];
  if (digest === undefined || name.endsWith('.json') === (folder === 'objects')) return undefined;
  if (folder === 'objects') return { type: 'object', digest };
  return folder === 'index' ? { type: 'entry', fingerprint: digest } : { type: 'chunk', key: digest };
}

/** The size of an archive with these members, including the trailer. */
export function archiveSize(manifest: Uint8Array, members: readonly Member[]): number {
  const sizes = members.reduce((total, { size }) => total + storedSize(size), 0);
  return storedSize(manifest.length) + sizes + 2 * BLOCK;
}

export function formatManifest(manifest: Manifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
}

/**
 * Reads a manifest that somebody else wrote. Throws an EtudeError for anything that `bundle` would not have
 * written.
 */
export function parseManifest(bytes: Uint8Array, file: string): Manifest {
  const refuse = (problem: string, got?: string) =>
    new EtudeError(`the bundle is refused: ${problem}`, { where: { file }, got });
  let manifest: Partial<Manifest> | null;
  try {
    manifest = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    ) as Partial<Manifest> | null;
  } catch {
    throw refuse('its manifest is not JSON');
  }
  if (manifest?.format !== BUNDLE_FORMAT) {
    throw new EtudeError('the bundle was made by a different version of Etude', {
      where: { file },
      expected: `bundle format ${BUNDLE_FORMAT}`,
      got: `bundle format ${typeof manifest?.format === 'number' ? manifest.format : '(none)'}`,
    });
  }
  const { pipeline, recipe, objects, modules, packages, members } = manifest;
  if (!isLine(pipeline) || !isLine(recipe)) throw refuse('its manifest has no recipe');
  if (objects !== 'none' && objects !== 'small' && objects !== 'all')
    throw refuse('its manifest does not list its results');
  if (!isLines(modules) || !isLines(packages)) throw refuse('its manifest does not list its code');
  if (!Array.isArray(members)) throw refuse('its manifest lists no members');
  if (members.length > MOST_MEMBERS)
    throw refuse(`it has more than ${MOST_MEMBERS} members`, String(members.length));
  const seen = new Map<string, string>();
  for (const member of members as (Partial<Member> | null)[]) {
    const { name, size, sha256 } = member ?? {};
    const shown = JSON.stringify(String(name).slice(0, 200));
    if (typeof name !== 'string') throw refuse('a member has no name');
    const kind = memberKind(name);
    if (kind === undefined) throw refuse('a member does not belong in a bundle', shown);
    const problem = kind.type === 'project' ? nameProblem(kind.path) : undefined;
    if (problem !== undefined) throw refuse(`a member's name is not allowed: ${problem}`, shown);
    if (!Number.isSafeInteger(size) || size! < 0 || size! > LARGEST_MEMBER)
      throw refuse('a member has an impossible size', shown);
    if (typeof sha256 !== 'string' || !isDigest(sha256)) throw refuse('a member has no digest', shown);
    if (kind.type === 'object' && kind.digest !== sha256)
      throw refuse("an object's name is not its digest", shown);
    const folded = foldedName(name);
    if (seen.has(folded)) throw refuse('two members have the same name', shown);
    seen.set(folded, name);
  }
  refuseFilesAsFolders(seen, refuse);
  const paths = new Set((members as Member[]).map(({ name }) => name));
  for (const path of [recipe, ...modules])
    if (!paths.has(`project/${path}`)) throw refuse('a file that its manifest names is missing', path);
  return {
    format: BUNDLE_FORMAT,
    pipeline,
    recipe,
    objects,
    modules,
    packages,
    members: members as Member[],
  };
}

/** `a` and `a/b` cannot both be files. */
function refuseFilesAsFolders(
  names: ReadonlyMap<string, string>,
  refuse: (problem: string, got?: string) => EtudeError,
): void {
  for (const [folded, name] of names) {
    if (!folded.startsWith('PROJECT/')) continue;
    for (let at = folded.indexOf('/', 8); at > 0; at = folded.indexOf('/', at + 1)) {
      if (names.has(folded.slice(0, at)))
        throw refuse('a member is both a file and a folder', JSON.stringify(name));
    }
  }
}

function isLine(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length < 10_000 && !/\p{Cc}/u.test(value);
}

function isLines(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MOST_MEMBERS && value.every(isLine);
}
