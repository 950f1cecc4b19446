/**
 * Recipes with thousands of stages, and datasets with many rows:
 *
 *   node --import tsx bench/size.ts [--python PYTHON] [--stages 10000] [--rows 200000] [--clips 20000]
 *
 * Prints time, peak memory of all processes together, and files left in the cache. Rows and clips are
 * measured at a quarter of their number, too: the ratio of the peaks is 1 where memory does not grow with the
 * data. With a Python that has DVC: the same for as many stages as `--peer-stages` (100) in `dvc repro`, each
 * a process of its own there, and the ratio of times per stage (under 1: Etude is faster). Linux only.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pcm16 } from '../test/support/wav-file.js';
import { runBench } from './pairs.js';
import { type Measured, measureTree } from './process-tree.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    stages: { type: 'string', default: '10000' },
    'peer-stages': { type: 'string', default: '100' },
    rows: { type: 'string', default: '200000' },
    clips: { type: 'string', default: '20000' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'dist', 'src', 'cli', 'main.cjs');
const folder = mkdtempSync(join(tmpdir(), 'etude-size-'));
const etude = (dir: string, ...args: string[]) => measureTree(process.execPath, [main, ...args], dir);

const TINY = `import { defineStage } from 'etude-audio/stage';
export default defineStage({
  name: 'tiny', description: 'Stores a number.',
  schema: { type: 'object', additionalProperties: false, properties: { n: { type: 'integer', default: 0 } } },
  inputs: {}, output: 'report',
  async run({ params, objects }) {
    const file = await objects.put(Buffer.from(JSON.stringify(params)));
    return { artifact: { kind: 'report', metrics: {}, files: { 'n.json': file } } };
  },
});
`;

await runBench(async () => {
  try {
    const stages = Number(values.stages);
    if (stages > 0) {
      for (const [name, recipe] of shapes(stages)) await plans(name, recipe);
      await trivialStages(stages);
    }
    if (Number(values.rows) > 0) await atTwoSizes(Number(values.rows), rows);
    if (Number(values.clips) > 0) await atTwoSizes(Number(values.clips), clips);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A fan, a chain and a square matrix of cheap built-in stages after one source. */
function shapes(stages: number): [name: string, recipe: string][] {
  const source = '  rows:\n    uses: load\n    with: { path: rows.jsonl }\n';
  const rename = (id: string, from: string, columns: string) =>
    `  ${id}:\n    uses: rename\n    from: ${from}\n    with: { columns: { ${columns} } }\n`;
  const fan = range(stages - 1).map((i) => rename(`s${i}`, 'rows', `text: text${i}`));
  const chain = range(stages - 1).map((i) =>
    rename(`s${i}`, i === 0 ? 'rows' : `s${i - 1}`, `text${i === 0 ? '' : i - 1}: text${i}`),
  );
  const side = range(Math.floor(Math.sqrt(stages))).join(', ');
  const matrix = `params: { a: 0, b: 0 }\nmatrix: { a: [${side}], b: [${side}] }\n`;
  const cell = rename('s', 'rows', `text: t$\{{ params.a }}_$\{{ params.b }}`);
  return [
    ['fan', `stages:\n${source}${fan.join('')}`],
    ['chain', `stages:\n${source}${chain.join('')}`],
    ['matrix', `${matrix}stages:\n${source}${cell}`],
  ];
}

async function plans(name: string, recipe: string): Promise<void> {
  const dir = project({ 'rows.jsonl': '{"text": "one"}\n', 'recipe.yaml': recipe });
  report(`plan, ${name}, nothing cached`, await etude(dir, 'plan', 'recipe.yaml'));
}

/** Stages of one user's module, each of which stores a few bytes. */
async function trivialStages(stages: number): Promise<void> {
  const recipe = range(stages).map((i) => `  s${i}:\n    uses: ./stages/tiny.js\n    with: { n: ${i} }\n`);
  const dir = project({
    'package.json': '{ "type": "module" }',
    'recipe.yaml': `stages:\n${recipe.join('')}`,
    'stages/tiny.js': TINY,
  });
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(root, join(dir, 'node_modules', 'etude-audio'));
  const ran = await etude(dir, 'run', 'recipe.yaml');
  report(`run, ${stages} stages of one module (${perStage(ran, stages)})`, ran, dir);
  report('plan, all cached', await etude(dir, 'plan', 'recipe.yaml'));
  report('run, all cached', await etude(dir, 'run', 'recipe.yaml'));
  if (values.python === undefined) return;

  const peerStages = Number(values['peer-stages']);
  const echo = (i: number) => `  s${i}:\n    cmd: echo ${i} > out${i}\n    outs: [out${i}]\n`;
  const peer = project({ 'dvc.yaml': `stages:\n${range(peerStages).map(echo).join('')}` });
  const env = { DVC_NO_ANALYTICS: '1', CI: '1' };
  const dvc = (...args: string[]) => measureTree(values.python!, ['-m', 'dvc', ...args], peer, env);
  await dvc('init', '--no-scm', '--quiet');
  const theirs = await dvc('repro', '--quiet');
  report(`dvc repro, ${peerStages} stages (${perStage(theirs, peerStages)})`, theirs);
  const ratio = ran.seconds / stages / (theirs.seconds / peerStages);
  console.log(`  ratio of times per stage: ${ratio.toFixed(2)}`);
}

async function atTwoSizes(count: number, measure: (count: number) => Promise<Measured>): Promise<void> {
  const few = await measure(Math.ceil(count / 4));
  const many = await measure(count);
  console.log(`  ratio of peaks: ${(many.peakMb / few.peakMb).toFixed(2)}`);
}

/** Text and numbers through load, split and rename. */
async function rows(count: number): Promise<Measured> {
  const line = (i: number) => `${i},${i % 7 === 0 ? 'yes' : 'no'},the words of row ${i}\n`;
  const dir = project({
    'rows.csv': `id,label,text\n${range(count).map(line).join('')}`,
    'recipe.yaml': `stages:
  rows:
    uses: load
    with: { path: rows.csv }
  parts:
    uses: split
    from: rows
    with: { test_size: 0.1 }
  renamed:
    uses: rename
    from: parts
    with: { columns: { text: words } }
`,
  });
  const ran = await etude(dir, 'run', 'recipe.yaml');
  report(`${count} rows of CSV through load, split, rename`, ran, dir);
  return ran;
}

/** Clips of 0.1 to 0.3 s through load, split, cast-audio and rename. */
async function clips(count: number): Promise<Measured> {
  const dir = project({
    'recipe.yaml': `stages:
  clips:
    uses: load
    with: { path: clips }
  parts:
    uses: split
    from: clips
    with: { test_size: 0.1 }
  speech:
    uses: cast-audio
    from: parts
    with: { sampling_rate: 16000 }
  renamed:
    uses: rename
    from: speech
    with: { columns: { label: word } }
`,
  });
  for (const label of ['high', 'low']) mkdirSync(join(dir, 'clips', label), { recursive: true });
  for (const i of range(count)) {
    const samples = Array.from(
      { length: 800 + ((i * 37) % 1600) },
      (_, at) => 0.5 * Math.sin((at * (i + 10)) / 3000),
    );
    writeFileSync(join(dir, 'clips', i % 2 === 0 ? 'high' : 'low', `${i}.wav`), pcm16(samples, 8000));
  }
  const ran = await etude(dir, 'run', 'recipe.yaml');
  report(`${count} clips through load, split, cast-audio, rename`, ran, dir);
  return ran;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function project(files: Record<string, string>): string {
  const dir = mkdtempSync(join(folder, 'project-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  mkdirSync(join(dir, '.git'));
  return dir;
}

function perStage({ seconds }: Measured, stages: number): string {
  return `${((1000 * seconds) / stages).toFixed(1)} ms per stage`;
}

function report(what: string, { seconds, peakMb }: Measured, dir?: string): void {
  const files =
    dir === undefined
      ? ''
      : `, ${readdirSync(join(dir, '.etude'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length} files in .etude`;
  console.log(`${what}: ${seconds.toFixed(2)} s, peak ${peakMb.toFixed(0)} MB${files}`);
}
