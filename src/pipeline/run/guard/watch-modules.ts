import Module, { register, syncBuiltinESMExports } from 'node:module';
import { extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import workers, { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { factsOf } from '../../plan/code/module-facts.js';
import { isKnown, type KnownCode } from './known-code.js';
import type { LoadedModule } from './module-hooks.js';

/** What the modules that were loaded have to do with the fingerprint; to be asked when the stage has run. */
export interface ModuleWatch {
  /** Modules that were loaded, or were to be, and that the fingerprint does not hold. */
  unknown(): string[];
  /** Modules that were loaded with other code than the fingerprint holds. */
  changed(): Promise<string[]>;
}

/**
 * Watches the modules that this thread loads from now on, by `import` and by `require`, and files that are
 * run as workers.
 *
 * @param code what the fingerprint holds
 * @param digests what the modules of the fingerprint do, by path
 * @param refuse makes the error that whoever asks for an unknown one gets
 * @param isStill whether a module's file is still the one that the fingerprint was made of
 */
export function watchModules(
  code: KnownCode,
  digests: ReadonlyMap<string, string>,
  refuse: (path: string) => Error,
  isStill: (path: string) => boolean,
): ModuleWatch {
  const unknown = new Set<string>();
  const loaded: Extract<LoadedModule, { type: 'loaded' }>[] = [];
  const check = (path: string, parent: string | undefined) => {
    if (isKnown(path, parent, code)) return;
    unknown.add(path);
    throw refuse(path);
  };

  const { port1, port2 } = new MessageChannel();
  port1.unref();
  // With the ending of this module: `.js` when built, `.ts` in development.
  register(new URL(`./module-hooks${extname(import.meta.url)}`, import.meta.url), {
    data: { code, port: port2 },
    transferList: [port2],
  });
  const drain = () => {
    for (let got = receiveMessageOnPort(port1); got !== undefined; got = receiveMessageOnPort(port1)) {
      const message = got.message as LoadedModule;
      if (message.type === 'unknown') unknown.add(message.path);
      else loaded.push(message);
    }
  };

  watchRequire(check);
  watchWorkers(check);
  return {
    unknown() {
      drain();
      return [...unknown];
    },
    async changed() {
      drain();
      const changed = new Set<string>();
      for (const { path, source } of loaded) {
        const isSame =
          source === undefined
            ? isStill(path)
            : (await factsOf(path, Buffer.from(source as Uint8Array))).digest === digests.get(path);
        if (!isSame) changed.add(path);
      }
      return [...changed];
    },
  };
}

function watchRequire(check: (path: string, parent: string | undefined) => void): void {
  interface Loading {
    load(this: { parent?: { filename?: string | null } }, filename: string): unknown;
  }
  const prototype = Module.prototype as unknown as Loading;
  const { load } = prototype;
  prototype.load = function (filename) {
    // What `import` asks for has no parent here, and was checked when it was resolved.
    check(filename, this.parent?.filename ?? filename);
    return load.call(this, filename);
  };
}

function watchWorkers(check: (path: string, parent: string | undefined) => void): void {
  const { Worker } = workers;
  workers.Worker = class extends Worker {
    constructor(file: string | URL, options?: workers.WorkerOptions) {
      const path = options?.eval ? undefined : pathOf(file);
      // A package may run its own files.
      if (path !== undefined) check(path, path);
      super(file, options);
    }
  };
  syncBuiltinESMExports();
}

function pathOf(file: string | URL): string | undefined {
  if (file instanceof URL) return file.protocol === 'file:' ? fileURLToPath(file) : undefined;
  return resolve(file);
}
