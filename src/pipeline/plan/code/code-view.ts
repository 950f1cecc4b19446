import type { Cache } from '../../cache/types.js';
import { type CodeClosure, closureIn } from './code-closure.js';
import { isCurrent, rememberedClosure } from './known-closure.js';
import { ModuleStats } from './module-stats.js';
import { Modules } from './modules.js';

/**
 * The code of stage types, examined once for all stages that are planned together: following the imports of
 * one module costs more than the rest of a stage's plan.
 */
export class CodeView {
  readonly #cache: Pick<Cache, 'modules' | 'closures'>;
  readonly #maxAgeMs: number;
  #taken = performance.now();
  #modules: Modules;
  #stats = new ModuleStats();
  readonly #closures = new Map<string, Promise<CodeClosure>>();
  readonly #digests = new Map<string, Promise<string>>();
  readonly #versions = new Map<string, string>();

  /**
   * @param maxAgeMs After this long, everything is checked again; by default, never.
   */
  constructor(cache: Pick<Cache, 'modules' | 'closures'>, maxAgeMs = Number.POSITIVE_INFINITY) {
    this.#cache = cache;
    this.#maxAgeMs = maxAgeMs;
    this.#modules = new Modules(cache.modules);
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

  /** The closure's digest: nothing is followed while all files are as they were when it was last found. */
  digest(module: string): Promise<string> {
    this.#refresh();
    let digest = this.#digests.get(module);
    if (digest === undefined) {
      digest = this.#digest(module);
      this.#digests.set(module, digest);
    }
    return digest;
  }

  async #digest(module: string): Promise<string> {
    const { closures, modules } = this.#cache;
    const own = this.#stats.signature(module);
    const known = closures.get(module, own);
    if (known !== undefined && isCurrent(known, this.#stats)) return known.digest;
    // By itself, so that it is known which files it depends on.
    const alone = new Modules(modules);
    const { digest } = await closureIn(module, alone);
    const remembered = rememberedClosure(digest, alone.stats);
    if (remembered !== undefined) closures.set(module, alone.stats.signature(module), remembered);
    return digest;
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
    this.#modules = new Modules(this.#cache.modules);
    this.#stats = new ModuleStats();
    this.#closures.clear();
    this.#digests.clear();
    this.#versions.clear();
  }
}
