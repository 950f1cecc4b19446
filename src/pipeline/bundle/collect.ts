import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { sha256File } from '../../files/sha256-file.js';
import { type ObjectRef, objectsOf } from '../../stage/artifact.js';
import { distinctObjects } from '../../stage/distinct-objects.js';
import { EtudeError } from '../../util/errors.js';
import { pointsOutside } from '../../util/points-outside.js';
import { sha256 } from '../../util/sha256.js';
import { formatEntry } from '../cache/foreign-entry.js';
import type { DiskCache } from '../cache/open-cache.js';
import type { Entry } from '../cache/types.js';
import { codeClosure } from '../plan/code/code-closure.js';
import { modulePath } from '../plan/module-parts.js';
import { planPipeline } from '../plan/plan-stages.js';
import type { Pipeline } from '../recipe/pipeline.js';
import type { Manifest, Member, ObjectChoice } from './manifest.js';
import { nameProblem } from './member-names.js';

/** Larger results are left out of a bundle with `--objects small`. Bytes. */
const SMALL = 32_000_000;

/** A member and the source of its bytes. */
export type Packed = Member & { from: { file: string } | { bytes: Buffer } };

export interface Collected {
  manifest: Omit<Manifest, 'members'>;
  packed: Packed[];
  /** Stages whose results are included, and those whose results are not, with the reason. */
  stages: { id: string; without?: string }[];
  /** What own modules read from outside the project, which is left out. */
  outside: string[];
}

export interface CollectOptions {
  pipeline: Pipeline;
  cache: DiskCache;
  engineId: string;
  objects: ObjectChoice;
  /** The recipe's files: itself, what it extends, its lock file. Absolute. */
  files: readonly string[];
}

/**
 * Collects everything in a pipeline's bundle, in a fixed order. Reads project files completely, and only the
 * index of the cache.
 */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { pipeline, objects } = options;
  const project = new ProjectFiles(pipeline.place.projectDir);
  for (const file of options.files) await project.add(file);
  const code = await ownModules(options, project);
  const results = objects === 'none' ? { packed: [], stages: [] } : await resultsOf(options);
  return {
    manifest: {
      format: 1,
      pipeline: pipeline.name,
      recipe: project.nameOf(pipeline.file),
      objects,
      modules: code.modules,
      packages: code.packages,
    },
    packed: [...project.packed(), ...results.packed],
    stages: results.stages,
    outside: code.outside,
  };
}

/**
 * The project's own stage modules, what they import from it, and the package.json files that determine their
 * module type.
 */
async function ownModules(
  { pipeline, cache }: CollectOptions,
  project: ProjectFiles,
): Promise<{ modules: string[]; packages: string[]; outside: string[] }> {
  const modules = new Set<string>();
  const packages = new Set<string>();
  const outside = new Set<string>();
  const starts = pipeline.stages.flatMap(({ uses, module, type, with: params }) => [
    ...(/^\.{1,2}\//.test(uses) ? [module] : []),
    ...(type.modules?.(params) ?? []).map((each) => modulePath(each.module, pipeline.place)),
  ]);
  for (const module of starts) {
    const closure = await codeClosure(module, cache.modules);
    for (const id of closure.packages) packages.add(id);
    for (const file of closure.files) {
      if (!project.holds(file)) {
        outside.add(file);
        continue;
      }
      modules.add(await project.add(file));
      const kind = project.packageJsonOf(file);
      if (kind !== undefined) await project.add(kind);
    }
  }
  return { modules: [...modules].sort(), packages: [...packages].sort(), outside: [...outside].sort() };
}

/** Entries of the stages that are in the cache, and their objects. */
async function resultsOf(options: CollectOptions): Promise<Pick<Collected, 'packed' | 'stages'>> {
  const { pipeline, cache, engineId, objects } = options;
  const plan = await planPipeline({ pipeline, cache, engineId });
  const stages: Collected['stages'] = [];
  const entries = new Map<string, Entry>();
  const refs = new Map<string, ObjectRef>();
  for (const planned of plan.stages) {
    const { id } = planned.stage;
    if (planned.type !== 'hit') {
      stages.push({ id, without: 'not in the cache' });
      continue;
    }
    const own = distinctObjects(objectsOf(planned.entry.artifact));
    const bytes = own.reduce((total, { size }) => total + size, 0);
    if (objects === 'small' && bytes > SMALL) {
      stages.push({ id, without: 'not small' });
      continue;
    }
    stages.push({ id });
    entries.set(planned.entry.fingerprint, planned.entry);
    for (const ref of own) refs.set(ref.digest, ref);
  }
  const packed: Packed[] = [];
  for (const [digest, ref] of [...refs].sort(byKey)) {
    const file = await cache.objects.pathOf(ref);
    packed.push({ name: `cache/objects/${digest}`, size: ref.size, sha256: digest, from: { file } });
  }
  for (const [fingerprint, entry] of [...entries].sort(byKey))
    packed.push(textMember(`cache/index/${fingerprint}.json`, formatEntry(entry)));
  return { packed, stages };
}

function textMember(name: string, text: string): Packed {
  const bytes = Buffer.from(text);
  return { name, size: bytes.length, sha256: sha256(bytes), from: { bytes } };
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Files of a project by their names in it. */
class ProjectFiles {
  readonly #dir: string;
  readonly #packed = new Map<string, Packed>();

  constructor(dir: string) {
    this.#dir = realpathSync(dir);
  }

  holds(file: string): boolean {
    const name = relative(this.#dir, realpathSync(file));
    return !pointsOutside(name) && !/^[A-Za-z]:/.test(name);
  }

  nameOf(file: string): string {
    return relative(this.#dir, realpathSync(file)).split(sep).join('/');
  }

  /**
   * Adds a file and returns its name. Throws an EtudeError for one that is elsewhere, or that the recipient
   * would refuse.
   */
  async add(file: string): Promise<string> {
    if (!this.holds(file)) {
      throw new EtudeError('the file is outside the project and cannot go into a bundle', {
        where: { file },
        expected: `a file inside ${this.#dir}`,
      });
    }
    const name = this.nameOf(file);
    const problem = nameProblem(name);
    if (problem !== undefined)
      throw new EtudeError(`the file cannot go into a bundle: ${problem}`, { where: { file } });
    const { digest, size } = await sha256File(file);
    this.#packed.set(name, { name: `project/${name}`, size, sha256: digest, from: { file } });
    return name;
  }

  /** The package.json that applies to a module, if it is in the project. */
  packageJsonOf(file: string): string | undefined {
    for (let folder = dirname(realpathSync(file)); this.holds(folder); folder = dirname(folder)) {
      const found = join(folder, 'package.json');
      if (existsSync(found)) return found;
      if (dirname(folder) === folder) return undefined;
    }
    return undefined;
  }

  packed(): Packed[] {
    return [...this.#packed].sort(byKey).map(([, packed]) => packed);
  }
}
