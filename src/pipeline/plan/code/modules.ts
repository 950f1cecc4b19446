import type { FileMemo, ModuleFacts } from '../../cache/types.js';
import { moduleFacts } from './module-facts.js';
import { ModuleStats } from './module-stats.js';
import { Resolver, type Target } from './packages.js';

/** A module's own part of a code closure. */
interface Module {
  digest: string;
  /** What its imports lead to. */
  imports: [specifier: string, target: Target][];
}

/** Modules, each examined once: the closures of stage types largely overlap. */
export class Modules {
  readonly #memo: FileMemo<ModuleFacts>;
  readonly #resolver: Resolver;
  readonly stats = new ModuleStats();
  readonly #found = new Map<string, Promise<Module | undefined>>();

  constructor(memo: FileMemo<ModuleFacts>) {
    this.#memo = memo;
    this.#resolver = new Resolver(memo, this.stats);
  }

  /** `undefined` for a missing file. */
  find(file: string): Promise<Module | undefined> {
    let found = this.#found.get(file);
    if (found === undefined) {
      found = this.#look(file);
      this.#found.set(file, found);
    }
    return found;
  }

  /** The installed version of a package as a module sees it. */
  version(name: string, module: string): string {
    return this.#resolver.version(name, module);
  }

  async #look(file: string): Promise<Module | undefined> {
    const facts = await moduleFacts(file, this.#memo, this.stats);
    return (
      facts && {
        digest: facts.digest,
        imports: facts.imports.map((specifier) => [specifier, this.#resolver.resolve(specifier, file)]),
      }
    );
  }
}
