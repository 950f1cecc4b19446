/**
 * Kills a run again and again and looks whether anything is lost:
 *
 *   node --import tsx scripts/check-crashes.ts [RECIPE] [--kills 25] [--seed 1]
 *
 * Runs the recipe (the quickstart, unless told otherwise) once in peace. Then, with a cache of its own,
 * starts it and kills its whole process group with SIGKILL at a random moment, as often as told; each run
 * continues from the one before. A last run must succeed, every object must have the bytes that its name
 * says, and the model must be equal to the peaceful one byte for byte. Exit code 1 if not.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunEvent } from '../src/pipeline/run/events.js';
import { Random } from '../src/random/random.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kills: { type: 'string', default: '25' }, seed: { type: 'string', default: '1' } },
});
const recipe = positionals[0] ?? 'pipelines/quickstart.yaml';
const kills = Number(values.kills);
const random = Random.stream(Number(values.seed), 'crashes');
const folder = mkdtempSync(join(tmpdir(), 'etude-crashes-'));

interface Run {
  code: number | null;
  seconds: number;
  last?: RunEvent;
  errors: string;
}

/** Runs the recipe; kills the process group after so many milliseconds, if told. */
function run(cache: string, killAfter?: number): Promise<Run> {
  const began = performance.now();
  const args = [
    'dist/src/cli/main.cjs',
    'run',
    recipe,
    '--cache-dir',
    join(folder, cache),
    '--progress',
    'json',
  ];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), killAfter ?? 2 ** 31 - 1);
  return new Promise((resolve) => {
    child.once('close', (code) => {
      clearTimeout(timer);
      const line = output.trimEnd().split('\n').at(-1) ?? '';
      const last = line.endsWith('}') ? (JSON.parse(line) as RunEvent) : undefined;
      resolve({ code, seconds: (performance.now() - began) / 1000, last, errors });
    });
  });
}

/** Digests of the models that a run ended with, by stage. */
function models({ last, errors }: Run): Record<string, string> {
  if (last?.type !== 'run-finished' || last.status !== 'success')
    throw new Error(`the run failed: ${errors}`);
  const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  return Object.fromEntries(
    Object.entries(last.models).map(([stage, path]) => [stage, digest(join(path, 'model.safetensors'))]),
  );
}

/** Objects whose bytes differ from what their name says, and the number of all. */
function objects(cache: string): { all: number; wrong: string[] } {
  const root = join(folder, cache, 'objects');
  const files = readdirSync(root, { recursive: true }).map((name) => join(root, String(name)));
  const whole = files.filter((path) => statSync(path).isFile());
  const wrong = whole.filter((path) => {
    const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
    return !path
      .slice(root.length)
      .replaceAll(/[^0-9a-f]/g, '')
      .endsWith(digest);
  });
  return { all: whole.length, wrong };
}

try {
  const peaceful = await run('peaceful');
  const expected = models(peaceful);
  console.log(`undisturbed: ${peaceful.seconds.toFixed(1)} s`);
  for (let kill = 1; kill <= kills; kill++) {
    const after = random.uniform() * (peaceful.seconds / kills) * 3000;
    const { code, last } = await run('stormy', after);
    const where = last === undefined ? '' : ` (last event: ${last.type}${'id' in last ? ` ${last.id}` : ''})`;
    console.log(
      `kill ${kill} after ${(after / 1000).toFixed(1)} s${code === 0 ? ': it had finished' : where}`,
    );
  }
  const final = await run('stormy');
  const got = models(final);
  const { all, wrong } = objects('stormy');
  const same = JSON.stringify(got) === JSON.stringify(expected);
  console.log(`after all kills: ${final.seconds.toFixed(1)} s, ${all} objects, ${wrong.length} damaged`);
  console.log(
    `models ${same ? 'byte-identical' : `differ: ${JSON.stringify(got)} instead of ${JSON.stringify(expected)}`}`,
  );
  process.exitCode = same && wrong.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
