import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from '../../files/make-folder.js';
import { EtudeError } from '../../util/errors.js';
import { sha256 } from '../../util/sha256.js';
import { count } from '../../util/words.js';
import { prepareCacheDir } from '../cache/cache-dir.js';
import { foreignEntry, LARGEST_ENTRY } from '../cache/foreign-entry.js';
import { objectPath } from '../cache/object-path.js';
import { type DiskCache, openCache } from '../cache/open-cache.js';
import { partFileFor, sweepPartFiles, UNBUNDLING } from '../cache/part-files.js';
import { placeOf } from '../recipe/recipe-paths.js';
import { formatManifest, type Manifest, type Member, memberKind } from './manifest.js';
import { missingFiles, type ProjectFile, placeFiles } from './project-files.js';
import { quarantineFolder } from './quarantine.js';
import { openBundle, type ReadOptions, type Sink } from './read-bundle.js';

export interface UnbundleOptions extends ReadOptions {
  /** The folder for the project's files; created if necessary. */
  dir: string;
  /** The cache whose quarantine receives the results. */
  cacheDir: string;
}

export interface Unbundled {
  manifest: Manifest;
  /** Files written now; the others already existed with the same bytes. */
  written: string[];
  /** The recipe's path. */
  recipe: string;
  /** The number of results in quarantine, and their folder; absent for a bundle without results. */
  results: number;
  quarantine?: string;
}

/**
 * Unpacks a bundle: the project's files into a folder, the results into the cache's quarantine, where nothing
 * uses them. Everything is written to a temporary folder, checked, and moved if all is correct: a refused
 * bundle leaves nothing behind.
 *
 * @throws EtudeError for a bundle that is damaged or cannot be trusted, and for existing files that differ
 */
export async function unbundle(file: string, options: UnbundleOptions): Promise<Unbundled> {
  const bundle = await openBundle(file);
  const temporary: string[] = [];
  try {
    const { manifest } = bundle;
    const dir = resolve(options.dir);
    const files = projectFiles(manifest);
    const missing = await missingFiles(dir, files);
    const results = manifest.members.filter(({ name }) => memberKind(name)?.type === 'entry').length;
    const hasCache = manifest.members.some(({ name }) => name.startsWith('cache/'));

    const stagedFiles = await temporaryBeside(dir, temporary);
    const stagedCache = hasCache ? await temporaryBeside(options.cacheDir, temporary) : undefined;
    const cache = stagedCache === undefined ? undefined : await openCache(stagedCache);
    await bundle.extract((member) => sinkOf(member, stagedFiles, cache), options);

    let quarantine: string | undefined;
    const isMade = !existsSync(dir);
    await makeFolder(dir);
    // Undone if the second half fails.
    const placed = await placeFiles(stagedFiles, dir, missing);
    try {
      // The recipe's paths are relative to its project folder, which something must mark.
      if (placeOf(join(dir, manifest.recipe)).projectDir !== dir) await prepareCacheDir(join(dir, '.etude'));
      if (stagedCache !== undefined)
        quarantine = await intoQuarantine(stagedCache, options.cacheDir, manifest);
    } catch (error) {
      await placed.undo();
      if (isMade) await rm(dir, { recursive: true, force: true });
      throw error;
    }
    return {
      manifest,
      written: missing.map(({ path }) => path),
      recipe: join(options.dir, manifest.recipe),
      results,
      quarantine,
    };
  } finally {
    await bundle.close();
    for (const folder of temporary) await rm(folder, { recursive: true, force: true });
  }
}

function projectFiles(manifest: Manifest): ProjectFile[] {
  const files = manifest.members.flatMap(({ name, sha256 }) => {
    const kind = memberKind(name);
    return kind?.type === 'project' ? [{ path: kind.path, sha256 }] : [];
  });
  // The recipe last, because it is what a person looks for.
  return files.sort((a, b) => Number(a.path === manifest.recipe) - Number(b.path === manifest.recipe));
}

/** A new folder on the file system where `target` is or will be. */
async function temporaryBeside(target: string, made: string[]): Promise<string> {
  let folder = resolve(target);
  while (!existsSync(folder)) folder = dirname(folder);
  await sweepPartFiles(join(folder, UNBUNDLING));
  const temporary = partFileFor(join(folder, UNBUNDLING));
  await mkdir(temporary);
  made.push(temporary);
  return temporary;
}

async function sinkOf(member: Member, files: string, cache: DiskCache | undefined): Promise<Sink> {
  const kind = memberKind(member.name);
  switch (kind?.type) {
    case 'project':
      return fileSink(join(files, kind.path), 0o644);
    case 'object':
      return fileSink(objectPath(join(cache!.dir, 'objects'), kind.digest), 0o444);
    case 'entry':
      return textSink(member, async (text) => {
        await cache!.commit(foreignEntry(text, kind.fingerprint));
      });
    case 'chunk':
      // Older versions packed them. The chunk behind a key cannot be known without computing it, so none is
      // accepted.
      return nowhere;
    default:
      throw new Error(`cannot place ${member.name}`);
  }
}

/** For bytes of which only the digest is checked. */
const nowhere: Sink = { async write() {}, async finish() {}, async abandon() {} };

async function fileSink(path: string, mode: number): Promise<Sink> {
  await makeFolder(dirname(path));
  const file = await open(path, 'wx', mode);
  return {
    write: (piece) => file.writeFile(piece),
    finish: () => file.close(),
    abandon: () => file.close(),
  };
}

function textSink({ name, size }: Member, use: (text: string) => Promise<void>): Sink {
  if (size > LARGEST_ENTRY) {
    throw new EtudeError('the bundle is refused: a cache entry is too long', {
      expected: `at most ${LARGEST_ENTRY} bytes`,
      got: `${JSON.stringify(name)} of ${count(size, 'byte')}`,
    });
  }
  const pieces: Uint8Array[] = [];
  return {
    async write(piece) {
      pieces.push(piece);
    },
    finish: () => use(Buffer.concat(pieces).toString('utf8')),
    async abandon() {},
  };
}

/** Unpacking the same bundle again changes nothing. */
async function intoQuarantine(staged: string, cacheDir: string, manifest: Manifest): Promise<string> {
  await prepareCacheDir(cacheDir);
  const id = sha256(formatManifest(manifest)).slice(0, 16);
  const folder = quarantineFolder(cacheDir, id);
  await writeFile(
    join(staged, 'bundle.json'),
    `${JSON.stringify({ pipeline: manifest.pipeline, recipe: manifest.recipe })}\n`,
  );
  if (existsSync(folder)) return folder;
  await makeFolder(dirname(folder));
  await rename(staged, folder);
  return folder;
}
