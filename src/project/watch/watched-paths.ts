import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { NO_MEMO } from '../../pipeline/cache/stat-memo.js';
import { codeClosure } from '../../pipeline/plan/code/code-closure.js';
import { moduleFacts } from '../../pipeline/plan/code/module-facts.js';
import type { Pipeline } from '../../pipeline/recipe/pipeline.js';
import { MODULE_EXTENSIONS } from '../../stage/own-module.js';
import { pointsOutside } from '../../util/points-outside.js';

/**
 * The stage modules among the paths that a recipe names, and everything that they import, including missing
 * files, since the next change may create them.
 */
export async function modulesBelow(paths: Iterable<string>): Promise<string[]> {
  const found = new Set<string>();
  for (const path of paths) {
    if (!MODULE_EXTENSIONS.includes(extname(path))) continue;
    found.add(path);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
    for (const file of (await codeClosure(realpathSync(path), NO_MEMO)).files) {
      found.add(file);
      const imports = (await moduleFacts(file, NO_MEMO))?.imports ?? [];
      for (const specifier of imports) {
        const target = join(dirname(file), specifier);
        if (/^\.{1,2}\//.test(specifier) && !existsSync(target)) found.add(target);
      }
    }
  }
  return [...found];
}

/** The user's data files of a recipe that are not below a folder that it names. */
export async function sourcesOf({ stages, place }: Pipeline, paths: Iterable<string>): Promise<string[]> {
  const folders = [...paths].filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory());
  const found = new Set<string>();
  for (const { type, with: params } of stages) {
    // The plan reports what cannot be read.
    const sources = (await type.sources?.(params, place).catch(() => [])) ?? [];
    for (const { path, origin } of sources.flatMap(({ files }) => files)) {
      if (origin === undefined && folders.every((folder) => pointsOutside(relative(folder, path))))
        found.add(path);
    }
  }
  return [...found];
}
