/**
 * Whole processes, from the start to the exit, against DVC on the same graph: the help, a run and a plan in
 * which nothing has changed, with a bare `node -e 0` beside them; the plan of a big recipe:
 *
 *   node --import tsx bench/commands.ts --python PYTHON [--runs 7] [--stages 10000] [--peer-stages 300]
 *     [--recipe pipelines/quickstart.yaml]
 *
 * Prints the ratios of times (below 1: Etude is faster). DVC's plan takes minutes for thousands of stages, so
 * it gets fewer, and the ratio is one of times per stage. The small recipe has 8 stages, as does DVC's
 * pipeline; `--recipe` takes one that has been run instead.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EtudeError } from '../src/util/errors.js';
import { measurePairs, median, pairsLine, runBench } from './pairs.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    runs: { type: 'string', default: '7' },
    stages: { type: 'string', default: '10000' },
    'peer-stages': { type: 'string', default: '300' },
    recipe: { type: 'string' },
  },
});
const runs = Number(values.runs);
const python = values.python.includes('/') ? resolve(values.python) : values.python;
const main = fileURLToPath(new URL('../dist/src/cli/main.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'etude-bench-'));

await runBench(async () => {
  try {
    run(python, ['-m', 'dvc', '--version'], folder);
    const [load, cores] = [loadavg()[0]!, availableParallelism()];
    const state = load > cores / 2 ? 'busy: only the ratios mean something' : 'calm';
    console.log(`load ${load.toFixed(1)} on ${cores} cores: ${state}`);
    await startUp();
    const stages = Number(values.stages);
    if (stages > 0) await bigPlan(stages, Number(values['peer-stages']));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Everything small, interleaved. */
async function startUp(): Promise<void> {
  const { etude, dvc } = project(8, 8);
  const recipe = values.recipe === undefined ? join(etude, 'recipe.yaml') : resolve(values.recipe);
  run(process.execPath, [main, 'run', recipe], etude);
  run(python, ['-m', 'dvc', 'repro', '--quiet'], dvc);
  const commands = {
    'node -e 0': () => run(process.execPath, ['-e', '0'], etude),
    'etude --help': () => run(process.execPath, [main, '--help'], etude),
    'dvc --help': () => run(python, ['-m', 'dvc', '--help'], dvc),
    'etude run, nothing changed': () => run(process.execPath, [main, 'run', recipe], etude),
    'dvc repro, nothing changed': () => run(python, ['-m', 'dvc', 'repro'], dvc),
    'etude plan, nothing changed': () => run(process.execPath, [main, 'plan', recipe], etude),
    'dvc status, nothing changed': () => run(python, ['-m', 'dvc', 'status'], dvc),
  };
  type Name = keyof typeof commands;
  const names = Object.keys(commands) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let i = -1; i < runs; i++)
    for (const name of i % 2 === 0 ? names : [...names].reverse()) {
      const time = commands[name]();
      if (i >= 0) times[name].push(time);
    }
  const peers: Partial<Record<Name, Name>> = {
    'etude --help': 'dvc --help',
    'etude run, nothing changed': 'dvc repro, nothing changed',
    'etude plan, nothing changed': 'dvc status, nothing changed',
  };
  const ratio = (one: Name, other: Name) =>
    median(times[one].map((time, i) => time / times[other][i]!)).toFixed(2);
  console.log(`whole processes of 8 stages, medians of ${runs}, interleaved:`);
  for (const name of names) {
    const peer = peers[name];
    const ofNode = `${ratio(name, 'node -e 0')} × node`;
    const ofPeer = peer === undefined ? '' : `, ratio ${ratio(name, peer)}`;
    console.log(`  ${name}: ${median(times[name]).toFixed(0)} ms, ${ofNode}${ofPeer}`);
  }
}

async function bigPlan(stages: number, peerStages: number): Promise<void> {
  const { etude, dvc } = project(stages, peerStages);
  const pairs = await measurePairs(
    runs,
    1,
    async () => (1000 * run(process.execPath, [main, 'plan', 'recipe.yaml'], etude)) / stages,
    async () => (1000 * run(python, ['-m', 'dvc', 'status'], dvc)) / peerStages,
  );
  const what = `plan of ${stages} stages (DVC: status of ${peerStages}), per stage`;
  console.log(pairsLine(what, 'µs', 'DVC', pairs, 0));
}

interface Project {
  etude: string;
  dvc: string;
}
/** The same fan of stages behind one source, as a recipe and as a `dvc.yaml`. */
function project(stages: number, peerStages: number): Project {
  const etude = mkdtempSync(join(folder, 'etude-'));
  const dvc = mkdtempSync(join(folder, 'dvc-'));
  const numbers = (count: number) => Array.from({ length: count - 1 }, (_, i) => i);
  const rename = (i: number) =>
    `  s${i}:\n    uses: rename\n    from: rows\n    with: { columns: { text: text${i} } }\n`;
  const rows = '  rows:\n    uses: load\n    with: { path: rows.jsonl }\n';
  const copy = (i: number) => `  s${i}:\n    cmd: cp rows text${i}\n    deps: [rows]\n    outs: [text${i}]\n`;
  writeFileSync(join(etude, 'rows.jsonl'), '{"text": "one"}\n{"text": "two"}\n');
  writeFileSync(
    join(etude, 'recipe.yaml'),
    `name: fan\nstages:\n${rows}${numbers(stages).map(rename).join('')}`,
  );
  writeFileSync(join(dvc, 'source'), 'one\ntwo\n');
  const first = '  rows:\n    cmd: cp source rows\n    deps: [source]\n    outs: [rows]\n';
  writeFileSync(join(dvc, 'dvc.yaml'), `stages:\n${first}${numbers(peerStages).map(copy).join('')}`);
  mkdirSync(join(dvc, '.home'));
  run(python, ['-m', 'dvc', 'init', '--no-scm', '--quiet'], dvc);
  return { etude, dvc };
}

/** Milliseconds of a process. */
function run(program: string, args: string[], cwd: string): number {
  const start = performance.now();
  const env = { ...process.env, DVC_NO_ANALYTICS: '1', CI: '1' };
  const { status, error, stderr } = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) {
    throw new EtudeError(`${program} ${args.join(' ')} failed`, {
      got: error?.message ?? stderr.trim().split('\n').at(-1),
      hint: 'Build Etude (npm run build), and install bench/requirements.txt for the Python that --python names.',
    });
  }
  return performance.now() - start;
}
