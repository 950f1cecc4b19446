import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { loadIn } from '../support/load.js';
import { script } from '../support/script.js';

const main = script('../../src/cli/main.cts', import.meta.url);
const dir = mkdtempSync(join(tmpdir(), 'etude-cli-'));
after(() => rmSync(dir, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Runs `etude …` in the temporary project, its output in pipes. */
function etude(...args: string[]): Promise<Ended> {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
  for (const name of ['ETUDE_CACHE_DIR', 'ETUDE_DEBUG', 'NODE_TEST_CONTEXT', 'FORCE_COLOR']) delete env[name];
  const child = spawn(process.execPath, [...main, ...args], { cwd: dir, env });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

function write(name: string, text: string): void {
  mkdirSync(dirname(join(dir, name)), { recursive: true });
  writeFileSync(join(dir, name), text);
}

write('package.json', '{"type":"module"}');
// Two clips of a dozen samples each: enough to load, split and show.
const wav = (samples: number[]) => {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write('WAVEfmt ', 8);
  for (const [offset, value] of [
    [16, 16],
    [28, 16000],
    [40, 2 * samples.length],
    [24, 8000],
  ] as const)
    bytes.writeUInt32LE(value, offset);
  for (const [offset, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    bytes.writeUInt16LE(value, offset);
  bytes.write('data', 36);
  samples.forEach((sample, i) => {
    bytes.writeInt16LE(sample, 44 + 2 * i);
  });
  return bytes;
};
const clip = wav(Array.from({ length: 800 }, (_, i) => Math.round(20000 * Math.sin(i / 5) * (i / 800))));
for (const label of ['no', 'yes']) {
  for (let i = 0; i < 3; i++) {
    mkdirSync(join(dir, 'clips', label), { recursive: true });
    writeFileSync(join(dir, 'clips', label, `${i}.wav`), clip);
  }
}
const recipe = `name: small
stages:
  clips:
    uses: load
    with: { path: clips }
  parts:
    uses: split
    from: clips
    with: { test_size: 2, seed: 1 }
`;
write('small.yaml', recipe);
write('wrong.yaml', recipe.replace('test_size', 'tset_size').replace('uses: load', 'uses: lod'));

describe('the command line', { concurrency: 2 }, () => {
  test('--help and --version answer on standard output with exit code 0', async () => {
    const [help, version, bare] = await Promise.all([etude('--help'), etude('--version'), etude()]);
    assert.deepEqual([help.code, version.code, bare.code], [0, 0, 0]);
    assert.match(help.out, /Exit codes:\n {2}0 {4}success\n {2}1 {4}.*\n {2}2 {4}.*\n {2}130/);
    assert.match(version.out, /^\d+\.\d+\.\d+/);
    assert.equal(bare.out, help.out);
    assert.equal(help.err, '');
  });

  test('the help that the build wrote down is the one of the command line', async () => {
    assert.equal(
      readFileSync(new URL('../../dist/help.txt', import.meta.url), 'utf8'),
      (await etude('--help')).out,
    );
  });

  for (const [args, message] of [
    [['pln', 'small.yaml'], /unknown command 'pln'\n\(Did you mean plan\?\)/],
    [['plan'], /missing required argument 'recipe'/],
    [['run', 'small.yaml', '--progres', 'json'], /unknown option '--progres'\n\(Did you mean --progress\?\)/],
    [['run', 'small.yaml', '--jobs', '0'], /Expected a whole number of at least 1/],
    [['run', 'small.yaml', '--progress', 'fancy'], /Allowed choices are auto, tty, plain, quiet, json/],
    [['gc', '--max-size', 'big'], /Expected a size/],
  ] as [string[], RegExp][]) {
    test(`wrong use is exit code 2 and a hint: etude ${args.join(' ')}`, async () => {
      const { code, out, err } = await etude(...args);
      assert.equal(code, 2);
      assert.match(err, message);
      assert.equal(out, '');
    });
  }

  test('a bad recipe is exit code 1, every problem with its position, and no stack trace', async () => {
    const { code, out, err } = await etude('run', 'wrong.yaml');
    assert.equal(code, 1);
    assert.match(err, /wrong\.yaml:4:11 .*lod[\s\S]*did you mean 'load'/);
    assert.match(err, /tset_size[\s\S]*did you mean 'test_size'/);
    assert.match(err, /2 problems/);
    assert.doesNotMatch(err, /^\s+at /m);
    assert.equal(out, '');
  });

  test('check tells of each recipe, as text and as JSON', async () => {
    const [text, json] = await Promise.all([
      etude('check', 'small.yaml', 'wrong.yaml'),
      etude('check', '--json', 'small.yaml', 'wrong.yaml'),
    ]);
    assert.deepEqual([text.code, json.code], [1, 1]);
    assert.equal(text.out, 'small.yaml: ok, 2 stages\n');
    const { recipes } = JSON.parse(json.out);
    assert.deepEqual(
      recipes.map(({ recipe, ok, problems }: { recipe: string; ok: boolean; problems: unknown[] }) => [
        recipe,
        ok,
        problems.length,
      ]),
      [
        ['small.yaml', true, 0],
        ['wrong.yaml', false, 2],
      ],
    );
  });

  test('a stage module that ends the process where it is imported, or waits for ever, is exit code 1', async () => {
    write('exits.js', "console.log('printed'); process.exit(0);");
    write('waits.js', 'await new Promise(() => {});');
    for (const name of ['exits', 'waits']) {
      write(`${name}.yaml`, `stages: { only: { uses: ./${name}.js } }\n`);
      const { code, out, err } = await etude('check', '--json', `${name}.yaml`);
      assert.equal(code, 1);
      assert.equal(out, '');
      assert.match(err, /a stage module exited the process, or never finishes/);
    }
  });

  test('an unknown stage is answered with a suggestion', async () => {
    const { code, err } = await etude('explain', 'small.yaml', 'part');
    assert.equal(code, 1);
    assert.match(err, /no stage 'part'\n {2}expected one of clips, parts\n {2}Did you mean 'parts'\?/);
  });

  test('--print-recipe prints the recipe with defaults and overrides, and runs nothing', async () => {
    const { code, out } = await etude(
      'run',
      'small.yaml',
      '--print-recipe',
      '--set',
      'seed=7',
      '--cache-dir',
      'none',
    );
    assert.equal(code, 0);
    assert.match(out, /seed: 7/);
    assert.match(out, /shuffle: true/);
  });

  test('doctor tells of every engine and device, the cache, the Hub and the machine', async (t) => {
    const token = process.env.HF_TOKEN;
    process.env.HF_TOKEN = 'hf_doctorsSecret';
    t.after(() => {
      if (token === undefined) delete process.env.HF_TOKEN;
      else process.env.HF_TOKEN = token;
    });
    const { code, out } = await etude('doctor', '--json');
    const report = JSON.parse(out);
    assert.equal(code, 0);
    assert.deepEqual(
      report.engines.map(({ name }: { name: string }) => name),
      ['onnxruntime', 'tensorflow', 'cpu'],
    );
    assert.deepEqual(
      report.devices.map(({ name }: { name: string }) => name),
      ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'],
    );
    assert.equal(report.node, process.versions.node);
    assert.ok(report.cache.freeBytes > 0);
    assert.deepEqual(Object.keys(report.hub).sort(), ['cacheDir', 'endpoint', 'offline', 'tokenFrom']);
    assert.doesNotMatch(out, /hf_doctorsSecret/);
  });
});

test('a recipe from plan to run, show, explain, runs and gc', async () => {
  const cache = ['--cache-dir', 'cache'];
  const none = await etude('show', 'small.yaml', 'clips', ...cache);
  assert.equal(none.code, 1);
  assert.match(
    none.err,
    /stage 'clips' has no result in the cache: never run\n {2}Compute it with: etude run small\.yaml/,
  );

  const run = await etude('small.yaml', '--progress', 'json', ...cache);
  assert.deepEqual([run.code, run.err], [0, '']);
  const events = run.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(events.at(-1).type, 'run-finished');
  assert.deepEqual(
    events.at(-1).stages.map(({ id, status }: { id: string; status: string }) => [id, status]),
    [
      ['clips', 'run'],
      ['parts', 'run'],
    ],
  );
  assert.deepEqual(
    events[0].stages.map(({ from }: { from: string[] }) => from),
    [[], ['clips']],
  );

  const [plan, changed, json, text, explain, graph] = await Promise.all([
    etude('plan', 'small.yaml', ...cache),
    etude('plan', 'small.yaml', '--set', 'seed=2', '--json', ...cache),
    etude('show', 'small.yaml', 'parts', '--json', '--rows', '1', ...cache),
    etude('show', 'small.yaml', 'clips', ...cache),
    etude('explain', 'small.yaml', 'parts', '--set', 'seed=2', ...cache),
    etude('graph', 'small.yaml', '--format', 'mermaid', ...cache),
  ]);
  assert.equal(plan.out, '2 hits: nothing would run\n');
  const rows = JSON.parse(changed.out).stages;
  assert.deepEqual(rows[1].because, ['seed 1 → 2']);
  assert.deepEqual(
    [rows[0].status, rows[1].status, typeof rows[1].predictedSeconds],
    ['hit', 'run', 'number'],
  );
  const { splits, features } = JSON.parse(json.out);
  assert.deepEqual([splits.train.num_rows, splits.test.num_rows, splits.train.rows.length], [4, 2, 1]);
  assert.deepEqual(features.label, { _type: 'ClassLabel', names: ['no', 'yes'] });
  assert.equal(splits.train.rows[0].audio.duration, 0.1);
  assert.equal(splits.train.rows[0].audio.sampling_rate, 8000);
  assert.match(text.out, /ClassLabel, 2 classes\n +0 no, 1 yes/);
  assert.match(text.out, /0\.10 s {2}8000 Hz {2}▁▂▂▃▃.*██ {2}no/);
  assert.match(explain.out, /because seed 1 → 2[\s\S]*params +[\s\S]*seed: 2/);
  assert.match(graph.out, /^(graph|flowchart)/);

  const exported = await etude('export', 'dataset', 'small.yaml', 'parts', '-o', 'out', ...cache);
  assert.deepEqual([exported.code, exported.out], [0, 'out  train 4, test 2\n']);
  assert.deepEqual(Object.keys((await loadIn(dir, { path: 'out' })).rows), ['train', 'test']);
  const wrong = await etude('export', 'model', 'small.yaml', 'parts', '-o', 'out', ...cache);
  assert.match(wrong.err, /^stage 'parts' produces a dataset[\s\S]*etude export dataset/);

  const [runs, gc] = await Promise.all([
    etude('runs', '--json', ...cache),
    etude('gc', '--dry-run', ...cache),
  ]);
  assert.deepEqual(
    JSON.parse(runs.out).runs.map(({ status }: { status: string }) => status),
    ['success'],
  );
  assert.match(gc.out, /^would remove nothing/);
});
