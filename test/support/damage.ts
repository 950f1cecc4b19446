import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { quarantineFolder, quarantines } from '../../src/pipeline/bundle/quarantine.js';
import { openCache } from '../../src/pipeline/cache/open-cache.js';
import { pin, pins } from '../../src/pipeline/cache/pins.js';
import { buildLockFile } from '../../src/pipeline/lock/build-lock-file.js';
import { formatLock } from '../../src/pipeline/lock/lock-file-io.js';
import { loadPipeline } from '../../src/pipeline/recipe/load-pipeline.js';
import { type RunResults, runPipeline } from '../../src/pipeline/run/run-pipeline.js';
import { Random } from '../../src/random/random.js';
import { EtudeError } from '../../src/util/errors.js';

export interface DamageOptions {
  mutations: number;
  seed: number;
  onFault?(fault: string): void;
}

export interface DamageReport {
  mutations: number;
  /** What must never happen: a wrong result, or an error that is not the user's. */
  faults: string[];
  /** Runs that failed with a clear error. */
  refused: number;
  /** Mutations by what they did to which kind of file. */
  kinds: Record<string, number>;
}

const RECIPE = `name: damage
stages:
  rows: { uses: load, with: { path: rows.csv } }
  parts: { uses: split, from: rows, with: { test_size: 0.25, seed: 1 } }
  slim: { uses: remove-columns, from: parts, with: { columns: [b] } }
  named: { uses: rename, from: slim, with: { columns: { a: c } } }
  sum: { uses: ./stages/sum.js, from: named }
`;

const SUM = `import { weight } from './weight.js';
export default {
  name: 'sum', description: 'Counts rows.', inputs: { rows: { kind: 'dataset' } }, output: 'model',
  schema: { type: 'object', additionalProperties: false, properties: {} },
  async run({ inputs, objects }) {
    const rows = Object.values(inputs.rows.splits).map(({ num_rows }) => num_rows * weight);
    const file = await objects.put(Buffer.from(JSON.stringify(rows)));
    return { artifact: { kind: 'model', files: { 'model.safetensors': file }, labels: ['a'], num_parameters: 1, metrics: {} } };
  },
};
`;

/** Runs a small recipe in `folder`, with one file of its cache damaged before each run. */
export async function checkDamage(folder: string, options: DamageOptions): Promise<DamageReport> {
  const project = makeProject(folder);
  const random = Random.stream(options.seed, 'damage');
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.uniform() * list.length)]!;
  const report: DamageReport = { mutations: options.mutations, faults: [], refused: 0, kinds: {} };
  const fault = (text: string) => {
    report.faults.push(text);
    options.onFault?.(text);
  };
  const start = async () => {
    rmSync(join(project, '.etude'), { recursive: true, force: true });
    await outcome(project);
    await leaveMore(join(project, '.etude'));
    return outcome(project);
  };
  const undisturbed = await start();
  if (typeof undisturbed === 'string') throw new Error(`the undisturbed run failed: ${undisturbed}`);
  for (let i = 0; i < options.mutations; i++) {
    // Each kind of file as often as any other, however many files it has.
    const files = filesBelow(join(project, '.etude'));
    const kind = pick([...new Set(files.map(kindOf))].sort());
    const file = pick(files.filter((one) => kindOf(one) === kind).sort());
    const what = pick(Object.keys(mutations).sort());
    const path = join(project, '.etude', file);
    mutations[what]!(path, join(project, '.etude', pick(files)), random);
    const done = `${what} ${kind}`;
    report.kinds[done] = (report.kinds[done] ?? 0) + 1;
    const got = await outcome(project).catch((error: unknown) => {
      fault(`${i}: ${what} ${file}: ${error instanceof Error ? error.stack : String(error)}`);
      return undefined;
    });
    if (JSON.stringify(got) === JSON.stringify(undisturbed)) continue;
    if (typeof got === 'string') {
      report.refused++;
      if (/defect/.test(got)) fault(`${i}: ${what} ${file}: ${got}`);
    } else if (got !== undefined) {
      fault(`${i}: ${what} ${file}: ${JSON.stringify(got)} instead of ${JSON.stringify(undisturbed)}`);
    }
    // As the error's hint says, or with another cache: the same fault must not be counted twice.
    await start();
  }
  return report;
}

function makeProject(folder: string): string {
  mkdirSync(join(folder, 'stages'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'recipe.yaml'), RECIPE);
  writeFileSync(join(folder, 'stages', 'sum.js'), SUM);
  writeFileSync(join(folder, 'stages', 'weight.js'), 'export const weight = 3;\n');
  const rows = Array.from({ length: 40 }, (_, i) => `${i},${i * i}\n`);
  writeFileSync(join(folder, 'rows.csv'), `a,b\n${rows.join('')}`);
  return folder;
}

/**
 * What runs do not leave by themselves: a quarantine, a pin, a stage's scratch folder, and the lock of a dead
 * process.
 */
async function leaveMore(dir: string): Promise<void> {
  const cache = await openCache(dir);
  const aside = `${dir}.aside`;
  cpSync(dir, aside, { recursive: true });
  cpSync(aside, quarantineFolder(dir, '0123456789abcdef'), { recursive: true });
  rmSync(aside, { recursive: true });
  const entries = await cache.entries.all();
  await pin(
    dir,
    'kept',
    entries.map(({ entry }) => entry.fingerprint),
  );
  writeFileSync(join(await cache.scratch('0'.repeat(64)), 'state.json'), '{}');
  const lock = await cache.lock('1'.repeat(64), { runId: 'gone' });
  cpSync(join(dir, 'locks'), aside, { recursive: true });
  await lock.release();
  cpSync(aside, join(dir, 'locks'), { recursive: true });
  rmSync(aside, { recursive: true });
}

/**
 * What a lock would contain, what else the cache says about itself, and the bytes of the model's folder; or
 * the run's error messages.
 */
async function outcome(project: string): Promise<Record<string, unknown> | string> {
  const signal = new AbortController().signal;
  const results: RunResults = { entries: new Map(), repositories: new Map() };
  try {
    const loaded = await loadPipeline(join(project, 'recipe.yaml'), {});
    if (!('pipeline' in loaded)) return 'the recipe has problems';
    const { pipeline } = loaded;
    const cache = await openCache(join(project, '.etude'), { lockTimes: { staleMs: 50 }, gatherFrom: 1 });
    const finished = await runPipeline({
      pipeline,
      cache,
      renderer: { event: () => undefined },
      engine: { name: 'cpu', id: 'cpu' },
      jobs: 1,
      keepGoing: false,
      force: new Set(),
      verify: false,
      signal,
      kill: signal,
      results,
    });
    if (finished.status !== 'success') return finished.stages.map(({ error }) => error ?? '').join('\n');
    const { sum } = finished.models;
    const { entries, repositories } = results;
    const lock = await buildLockFile({ pipeline, cache, entries, repositories, engineId: 'cpu', etude: '0' });
    // What is in quarantine is right, or absent.
    for (const quarantine of await quarantines(cache.dir))
      for (const { fingerprint, artifactDigest } of entries.values()) {
        const found = await quarantine.lookup(fingerprint, { verify: true });
        if (found.type === 'hit' && found.entry.artifactDigest !== artifactDigest)
          throw new Error('another result in quarantine');
      }
    const pinned = (await pins(cache.dir)).get('kept');
    if (pinned?.some((one) => ![...entries.values()].some(({ fingerprint }) => fingerprint === one)))
      throw new Error('another pin');
    return {
      lock: formatLock(lock),
      model: sum === undefined ? undefined : readFileSync(join(sum, 'model.safetensors'), 'utf8'),
    };
  } catch (error) {
    if (error instanceof EtudeError) return error.describe();
    throw error;
  }
}

const mutations: Record<string, (path: string, other: string, random: Random) => void> = {
  flip(path, _, random) {
    edit(path, (bytes) => {
      if (bytes.length > 0)
        bytes[Math.floor(random.uniform() * bytes.length)]! ^= 1 << Math.floor(random.uniform() * 8);
      return bytes;
    });
  },
  cut: (path, _, random) =>
    edit(path, (bytes) => bytes.subarray(0, Math.floor(random.uniform() * bytes.length))),
  zero: (path) => edit(path, (bytes) => Buffer.alloc(bytes.length)),
  noise: (path, _, random) =>
    edit(path, (bytes) => Buffer.from(bytes.map(() => Math.floor(random.uniform() * 256)))),
  'one digit': (path) =>
    edit(path, (bytes) =>
      Buffer.from(
        bytes.toString('latin1').replace(/[0-8]/, (d) => String(Number(d) + 1)),
        'latin1',
      ),
    ),
  remove: (path) => rmSync(path, { force: true }),
  swap(path, other) {
    if (path === other) return;
    renameSync(path, `${path}.aside`);
    renameSync(other, path);
    renameSync(`${path}.aside`, other);
  },
  copy(path, other) {
    if (path === other) return;
    rmSync(path, { force: true });
    copyFileSync(other, path);
  },
  folder(path) {
    rmSync(path, { force: true });
    mkdirSync(join(path, 'folder'), { recursive: true });
  },
  link(path) {
    rmSync(path, { force: true });
    symlinkSync('nowhere', path);
  },
  pipe(path) {
    if (process.platform === 'win32') return;
    rmSync(path, { force: true });
    execFileSync('mkfifo', [path]);
  },
};

function edit(path: string, change: (bytes: Buffer) => Uint8Array): void {
  const bytes = change(readFileSync(path));
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

/** Plain files in the cache, relative to it. */
function filesBelow(cache: string): string[] {
  return readdirSync(cache, { recursive: true })
    .map(String)
    .filter((name) => lstatSync(join(cache, name)).isFile());
}

/** `index`, `known/files.json`, `runs/record.json`, `quarantine/index`. */
function kindOf(file: string): string {
  const [folder = '', ...rest] = file.split('/');
  if (folder === 'quarantine') return `quarantine/${kindOf(rest.slice(1).join('/')).split('/')[0]}`;
  const named = folder === 'known' || folder === 'runs' || folder === 'models';
  return named ? `${folder}/${rest.at(-1)}` : folder;
}
