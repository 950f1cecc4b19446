import Module, { register, syncBuiltinESMExports } from 'node:module';
import { extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import workers, { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { factsOf } from '../../plan/code/module-facts.js';
import { isKnown, isWithin, type KnownCode } from './known-code.js';
import type { LoadedModule } from './module-hooks.js';

/** How the loaded modules relate to the fingerprint; to be asked when the stage has run. */
export interface ModuleWatch {
  /** Modules that were loaded, or about to be, and are not in the fingerprint. */
  unknown(): string[];
  /** Whether nothing was loaded that keeps state for the next stage. */
  isFresh(): boolean;
  /** Modules whose code was not that in the fingerprint when they were loaded. */
  changed(): Promise<string[]>;
}

let watched:
  | { code: KnownCode; watch(refuse: Refuse, isStill: IsStill, digests: Digests): ModuleWatch }
  | undefined;

type Refuse = (path: string) => Error;
type IsStill = (path: string) => boolean;
type Digests = ReadonlyMap<string, string>;

/**
 * Watches the modules that this thread loads from now on, by `import` and by `require`, and files that are
 * run as workers; and ends this process with its runner, however busy they keep it. A thread watches only one
 * code: calling this again forgets what came before.
 *
 * @param code what is in the fingerprint
 * @param digests digests of what the modules in the fingerprint do, by path
 * @param refuse makes the error for importing an unknown one
 * @param isStill whether a module's file is still the one in the fingerprint
 */
export function watchModules(
  code: KnownCode,
  digests: Digests,
  refuse: Refuse,
  isStill: IsStill,
): ModuleWatch {
  watched ??= { code, watch: startWatching(code) };
  if (watched.code.files.join() !== code.files.join())
    throw new Error('a process runs stages of one module only');
  return watched.watch(refuse, isStill, digests);
}

function startWatching(code: KnownCode) {
  const unknown = new Set<string>();
  let loaded: Extract<LoadedModule, { type: 'loaded' }>[] = [];
  let isFresh = true;
  let refused: Refuse = (path) => new Error(path);
  const check = (path: string, parent: string | undefined) => {
    if (!isKnown(path, parent, code)) {
      unknown.add(path);
      throw refused(path);
    }
    // Whatever is loaded by `require` stays loaded.
    if (parent !== undefined && code.files.includes(parent) && !isWithin(parent, code.etude)) isFresh = false;
  };

  const { port1, port2 } = new MessageChannel();
  port1.unref();
  // With this module's extension: `.js` when built, `.ts` in development.
  register(new URL(`./module-hooks${extname(import.meta.url)}`, import.meta.url), {
    data: { code, port: port2, runner: process.connected ? process.ppid : undefined },
    transferList: [port2],
  });
  const drain = () => {
    for (let got = receiveMessageOnPort(port1); got !== undefined; got = receiveMessageOnPort(port1)) {
      const message = got.message as LoadedModule;
      if (message.type === 'unknown') unknown.add(message.path);
      else if (message.type === 'kept') isFresh = false;
      else loaded.push(message);
    }
  };

  /** By path, for the last load: another copy of a module has the same text. */
  const known = new Map<string, { text: Buffer; digest: string }>();
  const digestOf = async (path: string, source: string | Uint8Array) => {
    const text = Buffer.from(source as Uint8Array);
    const before = known.get(path);
    if (before?.text.equals(text)) return before.digest;
    const { digest } = await factsOf(path, text);
    known.set(path, { text, digest });
    return digest;
  };

  watchRequire(check);
  watchWorkers(check);
  return (refuse: Refuse, isStill: IsStill, digests: Digests): ModuleWatch => {
    drain();
    unknown.clear();
    loaded = [];
    refused = refuse;
    return {
      unknown() {
        drain();
        return [...unknown];
      },
      isFresh() {
        drain();
        return isFresh;
      },
      async changed() {
        drain();
        const changed = new Set<string>();
        for (const { path, source } of loaded) {
          const isSame =
            source === undefined ? isStill(path) : (await digestOf(path, source)) === digests.get(path);
          if (!isSame) changed.add(path);
        }
        return [...changed];
      },
    };
  };
}

function watchRequire(check: (path: string, parent: string | undefined) => void): void {
  interface Loading {
    load(this: { parent?: { filename?: string | null } }, filename: string): unknown;
  }
  const prototype = Module.prototype as unknown as Loading;
  const { load } = prototype;
  prototype.load = function (filename) {
    // What `import` requests has no parent here, and was checked when it was resolved.
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
