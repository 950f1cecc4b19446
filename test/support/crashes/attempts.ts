import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { collectGarbage } from '../../../src/pipeline/cache/gc/collect-garbage.js';
import { openCache } from '../../../src/pipeline/cache/open-cache.js';
import type { RunEvent } from '../../../src/pipeline/run/events/run-events.js';
import { finish, startEtude } from '../command-line.js';

type Finished = Extract<RunEvent, { type: 'run-finished' }>;

/** A run of a recipe, to its end or to its violent end. */
export interface Attempt {
  code: number | null;
  seconds: number;
  killed: boolean;
  /** How it says that it ended. */
  finished?: Finished;
  /** All that it printed, as a person sees it. */
  printed: string;
}

/** When a run is killed, and whether its stage processes are killed with it or left alone. */
export interface Kill {
  /** After so many milliseconds, or once its output matches. */
  at: number | RegExp;
  alone: boolean;
}

/** What a cache holds after a run that nobody disturbed; every other must come to the same. */
export interface Expected {
  seconds: number;
  models: Record<string, string>;
  metrics: Record<string, number>;
  results: Record<string, string>;
  files: string[];
}

/** Runs of one recipe, each in a cache below `folder` that it names. */
export class Attempts {
  readonly #recipe: string;
  readonly #cwd: string;
  readonly #temp: string;
  /** The recipe's folder, and what was there from the start. */
  readonly #beside: string;
  readonly #there: ReadonlySet<string>;
  readonly folder: string;
  readonly #args: readonly string[];

  constructor(folder: string, { recipe, cwd, args = [] }: { recipe: string; cwd: string; args?: string[] }) {
    this.folder = folder;
    this.#recipe = recipe;
    this.#cwd = cwd;
    this.#args = args;
    this.#temp = join(folder, 'tmpdir');
    this.#beside = dirname(resolve(cwd, recipe));
    this.#there = new Set(readdirSync(this.#beside));
    mkdirSync(this.#temp, { recursive: true });
  }

  path(cache: string): string {
    return join(this.folder, cache);
  }

  async run(cache: string, kill?: Kill): Promise<Attempt> {
    const began = performance.now();
    const args = ['run', this.#recipe, '--cache-dir', this.path(cache), '--progress', 'json'];
    const child = startEtude([...args, ...this.#args], {
      cwd: this.#cwd,
      env: { TMPDIR: this.#temp, HF_HUB_OFFLINE: '1' },
    });
    let killed = false;
    const strike = () => {
      if (killed || child.exitCode !== null) return;
      killed = true;
      process.kill(kill?.alone ? child.pid! : -child.pid!, 'SIGKILL');
    };
    const { at } = kill ?? {};
    if (typeof at === 'number') {
      const timer = setTimeout(strike, at);
      child.once('exit', () => clearTimeout(timer));
    } else if (at !== undefined) {
      let said = '';
      child.stdout!.on('data', (data) => {
        said += data;
        if (at.test(said)) strike();
      });
    }
    const ended = finish(child);
    // Stage processes that are left alone hold on to the pipes; the next run does not wait for them, either.
    const { code, stdout, stderr } = await Promise.race([
      ended,
      new Promise<Awaited<typeof ended>>((resolve) =>
        child.once('exit', (code, signal) => {
          if (killed) resolve({ code, signal, stdout: '', stderr: '' });
        }),
      ),
    ]);
    const seconds = (performance.now() - began) / 1000;
    const events = stdout
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as RunEvent);
    const finished = events.findLast((event) => event.type === 'run-finished');
    const warnings = events.flatMap((event) => (event.type === 'warning' ? [`${event.text}\n`] : []));
    return { code, seconds, killed, finished, printed: [errorsOf(finished), ...warnings, stderr].join('') };
  }

  /** Runs the recipe undisturbed: every other cache must end up with the same results. */
  async undisturbed(): Promise<Expected> {
    const attempt = await this.run('undisturbed');
    const { finished } = attempt;
    if (finished?.status !== 'success')
      throw new Error(`the run failed without any disturbance: ${attempt.printed}`);
    return {
      seconds: attempt.seconds,
      models: modelsOf(attempt),
      metrics: finished.metrics,
      ...(await this.#remains('undisturbed')),
    };
  }

  /** What is wrong with a run that should have succeeded: nothing, or sentences. */
  faultsOfRun(attempt: Attempt, expected: Expected): string[] {
    const { finished, code, printed } = attempt;
    if (finished?.status !== 'success') return [`a run ended with exit code ${code}: ${printed}`];
    const faults = [];
    if (!isSame(modelsOf(attempt), expected.models)) faults.push('the model differs');
    if (!isSame(finished.metrics, expected.metrics)) faults.push('the metrics differ');
    return faults;
  }

  /**
   * What is wrong with a cache when all runs in it have ended, the last one with success. Its garbage is
   * collected.
   */
  async faultsOfCache(cache: string, expected: Expected): Promise<string[]> {
    const faults = damagedObjects(this.path(cache)).map((name) => `object ${name} has other bytes`);
    const { results, files } = await this.#remains(cache);
    if (!isSame(results, expected.results)) faults.push('the cache holds other results');
    for (const file of files) if (!expected.files.includes(file)) faults.push(`${file} is left over`);
    for (const file of expected.files) if (!files.includes(file)) faults.push(`${file} is missing`);
    for (const name of readdirSync(this.#temp)) faults.push(`${name} is left over in TMPDIR`);
    for (const name of readdirSync(this.#beside))
      if (!this.#there.has(name) && !name.endsWith('.lock') && !isSweptLater(name))
        faults.push(`${name} is left over in the recipe's folder`);
    return faults;
  }

  /** Results by fingerprint, and the files that stay once everything that may go has gone. */
  async #remains(cache: string): Promise<Pick<Expected, 'results' | 'files'>> {
    const opened = await openCache(this.path(cache));
    await collectGarbage(opened, { graceMinutes: 0 });
    const entries = await opened.entries.all();
    const results = Object.fromEntries(
      entries.map(({ entry }) => [entry.fingerprint, entry.artifactDigest] as const).sort(),
    );
    // Every run leaves a record under a name of its own; and what is remembered of files depends on how old
    // they were.
    const loose = filesBelow(this.path(cache)).filter(
      (name) => !/^(runs|packs)\/|^known\/\w+\.json$/.test(name),
    );
    // When small files are put together, and which, depends on how runs end.
    const packed = opened.packs.all().flatMap(({ files }) => [...files.keys()]);
    return { results, files: [...new Set([...loose, ...packed])].sort() };
  }
}

/** Objects of a cache whose bytes have not the digest that their name says. */
export function damagedObjects(cache: string): string[] {
  const [root, packs] = [join(cache, 'objects'), join(cache, 'packs')];
  return [
    ...filesBelow(root).filter((name) => digestOf(join(root, name)) !== name.replaceAll('/', '')),
    ...filesBelow(packs).filter((name) => `${digestOf(join(packs, name))}.pack` !== name),
  ];
}

function errorsOf(finished: Finished | undefined): string {
  const stages = finished?.stages ?? [];
  return stages.flatMap(({ id, error }) => (error === undefined ? [] : [`${id}: ${error}\n`])).join('');
}

function modelsOf({ finished }: Attempt): Record<string, string> {
  const models = finished?.models ?? {};
  return Object.fromEntries(
    Object.entries(models).map(([stage, path]) => [stage, digestOf(join(path, 'model.safetensors'))]),
  );
}

/** What the next run takes away once it is ten minutes old. */
function isSweptLater(name: string): boolean {
  return /^\..+\.lock\.\d+-[0-9a-f]{8}\.part$/.test(name);
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function isSame(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
