import { type BigIntStats, statSync } from 'node:fs';

/** Files of modules, each looked at once: where an import leads, and whether what is there has changed. */
export class ModuleStats {
  readonly #found = new Map<string, BigIntStats | undefined>();

  /** `undefined` where there is no file. */
  of(path: string): BigIntStats | undefined {
    let stats = this.#found.get(path);
    if (stats === undefined && !this.#found.has(path)) {
      const there = statSync(path, { bigint: true, throwIfNoEntry: false });
      stats = there?.isFile() ? there : undefined;
      this.#found.set(path, stats);
    }
    return stats;
  }
}
