import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { wavOf } from '../support/audio-files.js';
import { loadIn } from '../support/load.js';
import { Project } from '../support/project.js';

const RECIPE = `name: small
stages:
  clips:
    uses: load
    with: { path: clips }
  parts:
    uses: split
    from: clips
    with: { test_size: 2, seed: 1 }
`;
const clip = wavOf(
  Int16Array.from({ length: 800 }, (_, i) => Math.round(20000 * Math.sin(i / 5) * (i / 800))),
  8000,
);
const project = new Project({
  'package.json': '{"type":"module"}',
  'small.yaml': RECIPE,
  'wrong.yaml': RECIPE.replace('test_size', 'tset_size').replace('uses: load', 'uses: lod'),
});
for (const label of ['no', 'yes']) for (let i = 0; i < 3; i++) project.write(`clips/${label}/${i}.wav`, clip);

const etude = (...args: string[]) => project.etude(...args);

describe('the command line', { concurrency: 2 }, () => {
  test('--help and --version answer on standard output with exit code 0', async () => {
    const [help, version, bare] = await Promise.all([etude('--help'), etude('--version'), etude()]);
    assert.deepEqual([help.code, version.code, bare.code], [0, 0, 0]);
    assert.match(help.stdout, /Exit codes:\n {2}0 {4}success\n {2}1 {4}.*\n {2}2 {4}.*\n {2}130/);
    assert.match(version.stdout, /^\d+\.\d+\.\d+/);
    assert.equal(bare.stdout, help.stdout);
    assert.equal(help.stderr, '');
  });

  test('the help that the build writes is that of the command line', async () => {
    assert.equal(
      readFileSync(new URL('../../dist/help.txt', import.meta.url), 'utf8'),
      (await etude('--help')).stdout,
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
    test(`wrong usage exits with code 2 and a hint: etude ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await etude(...args);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.equal(stdout, '');
    });
  }

  test('a bad recipe exits with code 1 and reports every problem with its position, without a stack trace', async () => {
    const { code, stdout, stderr } = await etude('run', 'wrong.yaml');
    assert.equal(code, 1);
    assert.match(stderr, /wrong\.yaml:4:11 .*lod[\s\S]*did you mean 'load'/);
    assert.match(stderr, /tset_size[\s\S]*did you mean 'test_size'/);
    assert.match(stderr, /2 problems/);
    assert.doesNotMatch(stderr, /^\s+at /m);
    assert.equal(stdout, '');
  });

  test('check reports on each recipe, as text and as JSON', async () => {
    const [text, json] = await Promise.all([
      etude('check', 'small.yaml', 'wrong.yaml'),
      etude('check', '--json', 'small.yaml', 'wrong.yaml'),
    ]);
    assert.deepEqual([text.code, json.code], [1, 1]);
    assert.equal(text.stdout, 'small.yaml: ok, 2 stages\n');
    const { recipes } = JSON.parse(json.stdout);
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

  test('a stage module that exits on import, or never finishes importing, exits with code 1', async () => {
    project.write('exits.js', "console.log('printed'); process.exit(0);");
    project.write('waits.js', 'await new Promise(() => {});');
    for (const name of ['exits', 'waits']) {
      project.write(`${name}.yaml`, `stages: { only: { uses: ./${name}.js } }\n`);
      const { code, stdout, stderr } = await etude('check', '--json', `${name}.yaml`);
      assert.equal(code, 1);
      assert.equal(stdout, '');
      assert.match(stderr, /a stage module exits the process, or never finishes/);
    }
  });

  test('an unknown stage is answered with a suggestion', async () => {
    const { code, stderr } = await etude('explain', 'small.yaml', 'part');
    assert.equal(code, 1);
    assert.match(stderr, /no stage 'part'\n {2}expected one of clips, parts\n {2}Did you mean 'parts'\?/);
  });

  test('--print-recipe prints the recipe with defaults and overrides, and runs nothing', async () => {
    const { code, stdout } = await etude(
      'run',
      'small.yaml',
      '--print-recipe',
      '--set',
      'seed=7',
      '--cache-dir',
      'none',
    );
    assert.equal(code, 0);
    assert.match(stdout, /seed: 7/);
    assert.match(stdout, /shuffle: true/);
  });

  test('doctor reports every engine and device, the cache, the Hub and the machine', async () => {
    project.env.HF_TOKEN = 'hf_doctorsSecret';
    const { code, stdout } = await etude('doctor', '--json');
    const report = JSON.parse(stdout);
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
    assert.doesNotMatch(stdout, /hf_doctorsSecret/);
  });
});

test('a recipe goes through plan, run, show, explain, runs and gc', async () => {
  const cache = ['--cache-dir', 'cache'];
  const none = await etude('show', 'small.yaml', 'clips', ...cache);
  assert.equal(none.code, 1);
  assert.match(
    none.stderr,
    /stage 'clips' has no result in the cache: never run\n {2}Compute it with: etude run small\.yaml/,
  );

  const run = await etude('small.yaml', '--progress', 'json', ...cache);
  assert.deepEqual([run.code, run.stderr], [0, '']);
  const events = run.stdout
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
  assert.equal(plan.stdout, '2 hits: nothing would run\n');
  const rows = JSON.parse(changed.stdout).stages;
  assert.deepEqual(rows[1].because, ['seed 1 → 2']);
  assert.deepEqual(
    [rows[0].status, rows[1].status, typeof rows[1].predictedSeconds],
    ['hit', 'run', 'number'],
  );
  const { splits, features } = JSON.parse(json.stdout);
  assert.deepEqual([splits.train.num_rows, splits.test.num_rows, splits.train.rows.length], [4, 2, 1]);
  assert.deepEqual(features.label, { _type: 'ClassLabel', names: ['no', 'yes'] });
  assert.equal(splits.train.rows[0].audio.duration, 0.1);
  assert.equal(splits.train.rows[0].audio.sampling_rate, 8000);
  assert.match(text.stdout, /ClassLabel, 2 classes\n +0 no, 1 yes/);
  assert.match(text.stdout, /0\.10 s {2}8000 Hz {2}peak −4 dB {2}▁▂▂▃▃.*██ {2}no/);
  assert.match(explain.stdout, /because seed 1 → 2[\s\S]*params +[\s\S]*seed: 2/);
  assert.match(graph.stdout, /^(graph|flowchart)/);

  const exported = await etude('export', 'dataset', 'small.yaml', 'parts', '-o', 'out', ...cache);
  assert.deepEqual([exported.code, exported.stdout], [0, 'out  train 4, test 2\n']);
  assert.deepEqual(Object.keys((await loadIn(project.dir, { path: 'out' })).rows), ['train', 'test']);
  const wrong = await etude('export', 'model', 'small.yaml', 'parts', '-o', 'out', ...cache);
  assert.match(wrong.stderr, /^stage 'parts' produces a dataset[\s\S]*etude export dataset/);

  const [runs, gc] = await Promise.all([
    etude('runs', '--json', ...cache),
    etude('gc', '--dry-run', '--max-size', '0', ...cache),
  ]);
  assert.deepEqual(
    JSON.parse(runs.stdout).runs.map(({ status }: { status: string }) => status),
    ['success'],
  );
  assert.match(gc.stdout, /^would remove nothing/);
  assert.match(
    gc.stdout,
    /^more than 0 B: results used in the last hour, or named in a lock file, are kept/m,
  );
});
