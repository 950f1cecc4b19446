import { realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { schemasFolder } from '../../../stage/find-stage-type.js';
import type { Place } from '../../../stage/stage-type.js';
import { endWithParent } from '../../../util/end-with-parent.js';
import { pointsOutside } from '../../../util/points-outside.js';
import type { DiskCache } from '../../cache/open-cache.js';
import { NO_MEMO, signatureOf } from '../../cache/stat-memo.js';
import type { CodeClosure } from '../../plan/code/code-closure.js';
import { CodeView } from '../../plan/code/code-view.js';
import { modulePath } from '../../plan/module-parts.js';
import type { StageOutput, StageTask } from '../stage-task.js';
import { failed, unknownModule, unseenFile } from './guard-errors.js';
import { isWithin, type KnownCode } from './known-code.js';
import { copyOf } from './module-copy.js';
import { type GuardedFile, ReadGuard } from './read-guard.js';
import { isUnguarded } from './unguarded-paths.js';
import { watchFiles } from './watch-files.js';
import type { ModuleWatch } from './watch-modules.js';

/** The folder of `src`, `stages` and, when built, the bundle. */
const BASE = fileURLToPath(new URL('../../../../', import.meta.url));
const ETUDE = [
  ...['src', 'stages', 'validators', 'node_modules', 'etude.cjs'].map((name) => join(BASE, name)),
  schemasFolder(),
  join(schemasFolder(), '..', 'vendor'),
];

/** Watches a stage, and judges its result. */
export interface StageGuard {
  /**
   * Where the stage type is loaded from: for a stage after `served` others of its type, its own copy of the
   * user's modules, with their initial state.
   */
  moduleUrl(served?: number): string;
  /** Whether nothing was loaded that keeps state for the next stage: packages, CommonJS modules. */
  isFresh(): boolean;
  /** What invalidates the stage's result: it read, or ran, something that is not in its fingerprint. */
  verdict(): Promise<Exclude<StageOutput, { type: 'success' }> | undefined>;
}

/**
 * Checks that a stage reads and runs only what is in its fingerprint: the files of its `sources` with the
 * bytes that the planner saw, and its own modules with the code that the planner saw. A user's stage type
 * must not read any other of the user's files. Must be called before the stage type's module is loaded, and
 * after what it needs from the Hub has been fetched.
 */
export async function guardStage(task: StageTask, place: Place, cache: DiskCache): Promise<StageGuard> {
  const { closure, signatures, view } = await codeNow(task.module, cache);
  const isStill = (path: string) => signature(path) === signatures.get(path);
  const changedCode = async () => {
    // Packages are checked once per second.
    const known = closure.files.every(isStill) ? view : new CodeView(cache);
    const { digest } = await known.closure(task.module);
    return digest === task.code ? [] : changedFiles(closure, isStill, place);
  };
  const moduleUrl = (served = 0) => {
    const { href } = pathToFileURL(task.module);
    return served === 0 || isBuiltIn ? href : copyOf(href, served);
  };
  const isBuiltIn = isWithin(task.module, ETUDE);
  const replaced = isBuiltIn ? replacedFiles(signatures).map((path) => shownIn(path, place)) : [];
  // Includes what was edited while it was being read.
  if (replaced.length > 0 || closure.digest !== task.code || !closure.files.every(isStill)) {
    await endUnwatched();
    return {
      moduleUrl,
      isFresh: () => false,
      verdict: async () => ({
        type: 'changed',
        what: 'code',
        names: replaced.length > 0 ? replaced : await changedCode(),
      }),
    };
  }

  const shown = (path: string) => shownIn(path, place);
  const files: GuardedFile[] = Object.values(task.sources)
    .flat()
    .map(({ path, digest }) => ({ path, content: { digest }, shown: shown(path) }));
  const sources = new ReadGuard(files, cache.files);
  const own = isBuiltIn ? undefined : await guardUsersModule(task, place, { closure, signatures, sources });
  const loaded = isBuiltIn ? await guardModules(task, place, cache) : undefined;
  if (isBuiltIn) {
    watchFiles({
      reading: (path) => during(sources, sources.find(path)),
      writing: () => undefined,
    });
  }
  return {
    moduleUrl,
    isFresh: () => own?.isFresh() ?? true,
    async verdict() {
      const changed = sources.changed();
      if (changed.length > 0) return { type: 'changed', what: 'source', names: changed };
      if (own !== undefined) return own.verdict();
      const foreign = await loaded?.();
      if (foreign !== undefined) return foreign;
      const code = await changedCode();
      return code.length > 0 ? { type: 'changed', what: 'code', names: code } : undefined;
    },
  };
}

/** Code that is not what it should be runs without `watchModules`, and may never yield either. */
async function endUnwatched(): Promise<void> {
  if (process.connected) await endWithParent();
}

function during(guard: ReadGuard, file: GuardedFile | undefined): (() => void) | undefined {
  if (file === undefined) return undefined;
  guard.begin(file);
  return () => guard.end(file);
}

/** Signatures of Etude's own modules when a stage of this process first needed them. */
const firstSignatures = new Map<string, string>();

/** Those that an earlier stage of this process has loaded in another version. */
function replacedFiles(signatures: ReadonlyMap<string, string>): string[] {
  return [...signatures].flatMap(([path, signature]) => {
    const first = firstSignatures.get(path);
    if (first === undefined) firstSignatures.set(path, signature);
    return first === undefined || first === signature ? [] : [path];
  });
}

let hubCacheDir: string | undefined;

/**
 * The same for a user's module, which can do anything: each file that it reads and each module that it loads
 * counts.
 */
async function guardUsersModule(
  task: StageTask,
  place: Place,
  known: { closure: CodeClosure; signatures: ReadonlyMap<string, string>; sources: ReadGuard },
): Promise<Pick<StageGuard, 'isFresh' | 'verdict'>> {
  const { closure, signatures, sources } = known;
  const shown = (path: string) => shownIn(path, place);
  const modules = new ReadGuard(
    [...signatures].map(([path, signature]) => ({ path, content: { signature }, shown: shown(path) })),
    NO_MEMO,
  );
  hubCacheDir ??= (await import('../../../hub/settings.js')).hubSettings().cacheDir;
  const ground = {
    own: [place.projectDir, place.recipeDir, process.cwd(), dirname(task.module)],
    open: [task.cacheDir, task.scratch, hubCacheDir, ...ETUDE],
  };
  const unseen = new Set<string>();
  const written = new Set<string>();
  watchFiles({
    reading(path) {
      const source = sources.findLinked(path);
      if (source !== undefined) return during(sources, source);
      const module = modules.findLinked(path);
      if (module !== undefined) return during(modules, module);
      if (written.has(path) || !isFile(path) || isUnguarded(path, ground)) return undefined;
      unseen.add(path);
      throw unseenFile(path);
    },
    writing: (path) => void written.add(path),
  });
  const refuse = (path: string) => unknownModule(path, 'the stage type');
  const watch = await watchCode(closure, signatures, refuse);
  return {
    isFresh: () => watch.isFresh(),
    async verdict() {
      const unknown = watch.unknown();
      if (unknown.length > 0) return failed(refuse(unknown[0]!));
      if (unseen.size > 0) return failed(unseenFile([...unseen][0]!));
      const names = [...modules.changed(), ...(await watch.changed()).map(shown)];
      return names.length > 0 ? { type: 'changed', what: 'code', names: [...new Set(names)] } : undefined;
    },
  };
}

/**
 * The same for the modules of the user's that a built-in stage type loads: only what they import is judged,
 * and whether it is the code in the fingerprint. To be asked when the stage has run.
 */
async function guardModules(
  { modules = {} }: StageTask,
  place: Place,
  cache: DiskCache,
): Promise<StageGuard['verdict'] | undefined> {
  const names = Object.keys(modules);
  if (names.length === 0) return undefined;
  const found = await Promise.all(names.map((name) => codeNow(modulePath(name, place), cache)));
  const edited = names.filter((name, i) => found[i]!.closure.digest !== modules[name]);
  if (edited.length > 0) {
    await endUnwatched();
    return async () => ({ type: 'changed', what: 'code', names: edited });
  }
  const all = found.map(({ closure }) => closure);
  const closure: CodeClosure = {
    ...all[0]!,
    files: [...new Set(all.flatMap(({ files }) => files))],
    digests: new Map(all.flatMap(({ digests }) => [...digests])),
    packages: [...new Set(all.flatMap(({ packages }) => packages))],
  };
  const refuse = (path: string) => unknownModule(path, names.join(' or '));
  const signatures = new Map(found.flatMap((each) => [...each.signatures]));
  const watch = await watchCode(closure, signatures, refuse);
  return async () => {
    const unknown = watch.unknown();
    if (unknown.length > 0) return failed(refuse(unknown[0]!));
    const changed = (await watch.changed()).map((path) => shownIn(path, place));
    return changed.length > 0 ? { type: 'changed', what: 'code', names: changed } : undefined;
  };
}

/** How long the contents of packages are assumed unchanged. */
const PACKAGES_AGE_MS = 1000;

interface CodeNow {
  closure: CodeClosure;
  /** Signatures of the closure's files, when it was made. */
  signatures: ReadonlyMap<string, string>;
  view: CodeView;
}

const known = new WeakMap<DiskCache, CodeView>();
const looked = new WeakMap<CodeClosure, ReadonlyMap<string, string>>();

/** A module's current code: a process that computes many stages rarely has to follow its imports again. */
async function codeNow(module: string, cache: DiskCache): Promise<CodeNow> {
  let view = known.get(cache) ?? new CodeView(cache, PACKAGES_AGE_MS);
  let closure = await view.closure(module);
  const isStill = (path: string) => signature(path) === looked.get(closure)?.get(path);
  if (looked.has(closure) && !closure.files.every(isStill)) {
    view = new CodeView(cache, PACKAGES_AGE_MS);
    closure = await view.closure(module);
  }
  known.set(cache, view);
  const signatures = looked.get(closure) ?? new Map(closure.files.map((file) => [file, signature(file)]));
  looked.set(closure, signatures);
  return { closure, signatures, view };
}

async function watchCode(
  closure: CodeClosure,
  signatures: ReadonlyMap<string, string>,
  refuse: (path: string) => Error,
): Promise<ModuleWatch> {
  const { watchModules } = await import('./watch-modules.js');
  const { real, code, digests } = realCode(closure);
  const isStill = (path: string) => signature(path) === signatures.get(real.get(path) ?? path);
  return watchModules(code, digests, refuse, isStill);
}

interface RealCode {
  /** Real paths of the closure's files -> their paths in the closure. */
  real: ReadonlyMap<string, string>;
  code: KnownCode;
  digests: ReadonlyMap<string, string>;
}

const followed = new WeakMap<CodeClosure, RealCode>();

/** A closure with links resolved, since Node names loaded modules by their real paths. */
function realCode(closure: CodeClosure): RealCode {
  const before = followed.get(closure);
  if (before !== undefined) return before;
  const real = new Map(closure.files.map((file) => [realpathSync(file), file]));
  const packages = closure.packages.map((id) => id.slice(0, id.lastIndexOf('@')));
  const found = {
    real,
    code: { files: [...real.keys()], packages, etude: ETUDE },
    digests: new Map([...real].map(([path, file]) => [path, closure.digests.get(file)!])),
  };
  followed.set(closure, found);
  return found;
}

function changedFiles({ files }: CodeClosure, isStill: (path: string) => boolean, place: Place): string[] {
  const changed = files.filter((file) => !isStill(file));
  return (changed.length > 0 ? changed : files.slice(0, 1)).map((file) => shownIn(file, place));
}

function signature(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : signatureOf(stats);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** A path inside the project as a person would write it. */
function shownIn(path: string, { projectDir }: Place): string {
  const inside = relative(projectDir, path);
  return pointsOutside(inside) ? path : inside.split(sep).join('/');
}
