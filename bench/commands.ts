/**
 * Whole processes, from the start to the exit: the help, a run in which nothing has changed, the plan of a
 * big recipe, against DVC on the same graph:
 *
 *   node --import tsx bench/commands.ts --python PYTHON [--runs 7] [--stages 10000] [--peer-stages 300]
 *
 * Prints the ratios of times (under 1: Etude is faster). DVC's plan takes minutes for thousands of stages, so
 * that it gets fewer, and the ratio is one of times a stage.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EtudeError } from '../src/util/errors.js';
import { measurePairs, pairsLine, runBench } from './pairs.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    runs: { type: 'string', default: '7' },
    stages: { type: 'string', default: '10000' },
    'peer-stages': { type: 'string', default: '300' },
  },
});
const runs = Number(values.runs);
const main = fileURLToPath(new URL('../dist/src/cli/main.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'etude-bench-'));

await runBench(async () => {
  try {
    run(values.python, ['-m', 'dvc', '--version'], folder);
    await pair('etude --help, dvc --help', project(2, 2), ['--help'], ['--help']);

    const small = project(8, 8);
    run(process.execPath, [main, 'run', 'recipe.yaml'], small.etude);
    run(values.python, ['-m', 'dvc', 'repro', '--quiet'], small.dvc);
    await pair('a run of 8 stages, nothing changed', small, ['run', 'recipe.yaml'], ['repro']);

    const stages = Number(values.stages);
    const peerStages = Number(values['peer-stages']);
    const big = project(stages, peerStages);
    const etude = (ms: number) => (1000 * ms) / stages;
    const peer = (ms: number) => (1000 * ms) / peerStages;
    const what = `plan of ${stages} stages (DVC: status of ${peerStages}), per stage`;
    await pair(what, big, ['plan', 'recipe.yaml'], ['status'], 'µs', etude, peer);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

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
  run(values.python, ['-m', 'dvc', 'init', '--no-scm', '--quiet'], dvc);
  return { etude, dvc };
}

async function pair(
  measure: string,
  { etude, dvc }: Project,
  mine: string[],
  theirs: string[],
  unit = 'ms',
  scaleMine = (ms: number) => ms,
  scaleTheirs = scaleMine,
): Promise<void> {
  const pairs = await measurePairs(
    runs,
    1,
    async () => scaleMine(run(process.execPath, [main, ...mine], etude)),
    async () => scaleTheirs(run(values.python, ['-m', 'dvc', ...theirs], dvc)),
  );
  console.log(pairsLine(measure, unit, 'DVC', pairs, 0));
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
