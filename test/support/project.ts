import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type {
  ProjectOptions,
  Receipt,
  Recipe,
  RunEvent,
  RunOptions,
  RunResult,
  StagePool,
} from '../../src/index.js';
import { type DiskCache, openCache } from '../../src/pipeline/cache/open-cache.js';
import { finish, parseRun, type Ran, type Result, ranOf, startEtude } from './command-line.js';
import { removable } from './temp-folder.js';

/** Starting processes takes longer than most stages of tests. */
let pool: StagePool | undefined;

const BUILT = new URL('../../dist/src/index.js', import.meta.url).href;

export interface OpenOptions extends Omit<ProjectOptions, 'dir'> {
  /** Default: `recipe.yaml`. */
  recipe?: string;
  params?: readonly string[];
  set?: readonly string[];
}

/**
 * A user's temporary project, removed when the process ends. Its recipes are opened and run with the built
 * package: by `open` and `run` in this process, which is quick, and by `etude` and `etudeRun` in a separate
 * process, as a user does, where the command line itself, signals, environment variables or the working
 * directory matter, and after a stage module was edited, since a process loads it once.
 */
export class Project {
  readonly #folder = removable('project');
  readonly dir = this.#folder.dir;
  /**
   * More environment variables for its processes, which by default see neither the Hub nor the cache and keys
   * of the user who runs the tests. What runs in this process sees the variables of this process.
   */
  env: Record<string, string> = {
    HF_HUB_OFFLINE: '1',
    HF_HOME: join(this.dir, 'huggingface'),
    XDG_CONFIG_HOME: join(this.dir, 'config'),
  };

  constructor(files: Record<string, string | Uint8Array> = {}) {
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  /** Another project with the same files, cache included, as if it had been created and run there. */
  copy(): Project {
    const copy = new Project();
    cpSync(this.dir, copy.dir, { recursive: true, verbatimSymlinks: true });
    const own = Object.entries(this.env).map(([name, value]) => [name, value.replace(this.dir, copy.dir)]);
    copy.env = Object.fromEntries(own);
    return copy;
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  /** Returns the file's path. */
  write(name: string, content: string | Uint8Array): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Replaces text that must be present. */
  edit(name: string, from: string, to: string): void {
    const text = this.read(name);
    if (!text.includes(from)) throw new Error(`'${from}' is not in ${name}`);
    this.write(name, text.replace(from, to));
  }

  remove(): void {
    this.#folder.remove();
  }

  /** Its cache. */
  cache(): Promise<DiskCache> {
    return openCache(this.path('.etude'));
  }

  /** Opens a recipe with the built package, in this process. */
  async open({ recipe = 'recipe.yaml', params, set, ...more }: OpenOptions = {}): Promise<Recipe> {
    return (await this.#opened(more)).open(recipe, { params, set });
  }

  /** Runs a recipe in this process. Like the command line, it writes the lock and shows warnings. */
  async run(options: OpenOptions & RunOptions = {}): Promise<Ran & RunResult> {
    const events: RunEvent[] = [];
    const warn = (text: string) => void events.push({ at: 0, type: 'warning', text });
    const recipe = await this.open({ warn, ...options });
    const run = await recipe.run({ lock: 'write', ...options });
    for await (const event of run) events.push(event);
    return { ...(await run.result), ...ranOf(events) };
  }

  /** Reproduces the lock of a recipe in this process. */
  async reproduce({ recipe = 'recipe.yaml', ...more }: OpenOptions = {}): Promise<Receipt> {
    const task = await (await this.#opened(more)).reproduce(recipe);
    return (await task.result)!;
  }

  async #opened(options: ProjectOptions) {
    // What `import … from 'etude-audio'` gives; the code that the tests run in has other fingerprints.
    const { openProject, StagePool }: typeof import('../../src/index.js') = await import(BUILT);
    pool ??= new StagePool({ idleMs: 30_000 });
    return openProject({ dir: this.dir, pool, ...options });
  }

  /** Starts `etude …` in the project, as the leader of a process group. */
  start(...args: string[]): ChildProcess {
    return startEtude(args, { cwd: this.dir, env: this.env });
  }

  /** `etude …` in the project, to its end. */
  async etude(...args: string[]): Promise<Result> {
    return finish(this.start(...args));
  }

  /** `etude run recipe.yaml --progress json …`, its events parsed. */
  async etudeRun(...args: string[]): Promise<Result & Ran> {
    const recipe = args[0]?.endsWith('.yaml') ? args.shift()! : 'recipe.yaml';
    return parseRun(await this.etude('run', recipe, '--progress', 'json', ...args));
  }
}
