import { admit } from '../../pipeline/bundle/quarantine.js';
import { unbundle } from '../../pipeline/bundle/unbundle.js';
import { openCache } from '../../pipeline/cache/open-cache.js';

export interface UnbundleOptions {
  /** The folder for the recipe and its files. Default: the project's `dir`. */
  dir?: string;
  /** Use its results without a check, because its maker is trusted. Default false. */
  trust?: boolean;
  /** Stops; nothing is unpacked then. */
  signal?: AbortSignal;
  /** Called with the bytes read so far, and their total. */
  progress?(bytes: number, total: number): void;
}

/** What a bundle contained. */
export interface Unbundled {
  /** The recipe's path. */
  recipe: string;
  /** Files written now; others already existed with the same bytes. */
  written: string[];
  /** Stage modules and what they import: code that a run executes. */
  modules: string[];
  /** Packages that these import, `name@version`. */
  packages: string[];
  /** Results that nothing uses before `Recipe.admit` has checked them. */
  quarantined: number;
  /** Results that are used from now on, unchecked. */
  trusted: number;
}

/** See `Project.unbundle`. */
export async function unbundleFile(
  file: string,
  {
    dir,
    cacheDir,
    trust,
    signal,
    progress,
    warn,
  }: UnbundleOptions & { dir: string; cacheDir: string; warn(text: string): void },
): Promise<Unbundled> {
  const { recipe, written, manifest, results, quarantine } = await unbundle(file, {
    dir,
    cacheDir,
    signal,
    progress,
  });
  const { modules, packages } = manifest;
  const brought = { recipe, written, modules, packages };
  if (quarantine === undefined || !trust) return { ...brought, quarantined: results, trusted: 0 };
  const entries = await admit(await openCache(cacheDir, { warn }), await openCache(quarantine));
  return { ...brought, quarantined: 0, trusted: entries.length };
}
