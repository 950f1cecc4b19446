import { type BigIntStats, statSync } from 'node:fs';
import { ifExistsNow } from '../../../files/fs-errors.js';
import { isRacy, signatureOf } from '../../cache/stat-memo.js';

/**
 * Files that decide what the code of a stage type is, each looked at once: where an import leads, and whether
 * what is there has changed.
 */
export class ModuleStats {
  readonly #found = new Map<string, BigIntStats | undefined>();
  readonly #signatures = new Map<string, string>();
  /** Whether something else was looked at, too. */
  isPartial = false;

  /** `undefined` where there is no file. */
  of(path: string): BigIntStats | undefined {
    let stats = this.#found.get(path);
    if (stats === undefined && !this.#found.has(path)) {
      const there = ifExistsNow(() => statSync(path, { bigint: true, throwIfNoEntry: false }));
      stats = there?.isFile() ? there : undefined;
      this.#found.set(path, stats);
    }
    return stats;
  }

  has(path: string): boolean {
    return this.of(path) !== undefined;
  }

  /** What identifies the file, also where there is none. */
  signature(path: string): string {
    let signature = this.#signatures.get(path);
    if (signature === undefined) {
      const stats = this.of(path);
      signature = stats === undefined ? 'none' : signatureOf(stats);
      this.#signatures.set(path, signature);
    }
    return signature;
  }

  /** All paths that were looked at. */
  get looked(): string[] {
    return [...this.#found.keys()];
  }

  /** Whether one of them changed so lately that one more change may not show. */
  get isRacy(): boolean {
    return [...this.#found.values()].some((stats) => stats !== undefined && isRacy(stats));
  }
}
