import type { FileMemo, ModuleFacts } from '../../cache/types.js';
import { type CodeClosure, closureIn } from './code-closure.js';
import { Modules } from './modules.js';

/**
 * The code of stage types, examined once for all stages that are planned together: following the imports of
 * one module costs more than the rest of a stage's plan.
 */
export class CodeView {
  readonly #memo: FileMemo<ModuleFacts>;
  readonly #maxAgeMs: number;
  #taken = performance.now();
  #modules: Modules;
  readonly #closures = new Map<string, Promise<CodeClosure>>();
  readonly #versions = new Map<string, string>();

  /**
   * @param maxAgeMs After this long, everything is checked again; by default, never.
   */
  constructor(memo: FileMemo<ModuleFacts>, maxAgeMs = Number.POSITIVE_INFINITY) {
    this.#memo = memo;
    this.#maxAgeMs = maxAgeMs;
    this.#modules = new Modules(memo);
  }

  /** See `codeClosure`. */
  closure(module: string): Promise<CodeClosure> {
    this.#refresh();
    let closure = this.#closures.get(module);
    if (closure === undefined) {
      closure = closureIn(module, this.#modules);
      this.#closures.set(module, closure);
    }
    return closure;
  }

  /** The installed version of a package as a module sees it. */
  version(name: string, module: string): string {
    this.#refresh();
    const key = `${module}\n${name}`;
    let version = this.#versions.get(key);
    if (version === undefined) {
      version = this.#modules.version(name, module);
      this.#versions.set(key, version);
    }
    return version;
  }

  #refresh(): void {
    const now = performance.now();
    if (now - this.#taken <= this.#maxAgeMs) return;
    this.#taken = now;
    this.#modules = new Modules(this.#memo);
    this.#closures.clear();
    this.#versions.clear();
  }
}
