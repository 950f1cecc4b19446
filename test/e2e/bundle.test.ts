import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { admit as takeFrom } from '../../src/pipeline/bundle/quarantine.js';
import { openBundle } from '../../src/pipeline/bundle/read-bundle.js';
import { openCache } from '../../src/pipeline/cache/open-cache.js';
import type { ReportArtifact } from '../../src/stage/artifact.js';
import { archive, type Piece, text } from '../support/archive.js';
import { commitText, flipBit, tempFolder } from '../support/cache.js';
import { statuses } from '../support/command-line.js';
import { computations, writeCountStage } from '../support/counting-stage.js';
import { entryOfStage, poison } from '../support/poison.js';
import { Project } from '../support/project.js';
import { toneProject } from '../support/tone-project.js';

const BASE = `stages:
  first:
    uses: ../stages/count.js
    with: { value: 1 }
`;

const RECIPE = `name: counting
extends: ./base.yaml
stages:
  second:
    uses: ../stages/count.js
    from: first
    with: { value: 10 }
`;

function empty(): Project {
  const project = new Project();
  return project;
}

let sender: Project;
let file: string;
before(async () => {
  sender = empty();
  writeCountStage(sender);
  sender.write('recipes/base.yaml', BASE);
  sender.write('recipes/counting.yaml', RECIPE);
  await sender.run({ recipe: 'recipes/counting.yaml' });
  const packed = await sender.etude('bundle', 'recipes/counting.yaml', '--objects', 'all');
  assert.equal(packed.code, 0, packed.stderr);
  file = sender.path('counting.etude.tar');
});

test('unpacked results are not used unless they are trusted: the stages are computed', async () => {
  const receiver = empty();
  const unpacked = await receiver.etude('unbundle', file, 'there');
  assert.equal(unpacked.code, 0, unpacked.stderr);
  assert.match(unpacked.stdout, /2 results in quarantine/);
  assert.match(unpacked.stdout, /code that a run executes.*stages\/count\.js, stages\/label\.js/);
  const run = await receiver.run({ recipe: 'there/recipes/counting.yaml' });
  assert.deepEqual(statuses(run), { first: 'run', second: 'run' });
});

test('with --trust every stage is a hit, and nothing is computed', async () => {
  const receiver = empty();
  const unpacked = await receiver.etude('unbundle', file, 'there', '--trust');
  assert.equal(unpacked.code, 0, unpacked.stderr);
  assert.match(unpacked.stdout, /2 results will be used from now on: trusted, not checked/);
  const run = await receiver.run({ recipe: 'there/recipes/counting.yaml' });
  assert.deepEqual(statuses(run), { first: 'hit', second: 'hit' });
  assert.equal(existsSync(receiver.path('there/log.txt')), false);
  assert.deepEqual(readdirSync(receiver.path('there/.etude/quarantine')), []);
});

test('admit recomputes every stage, keeps its own results, and then uses all of them', async () => {
  const receiver = empty();
  assert.equal((await receiver.etude('unbundle', file)).code, 0);
  const admitted = await receiver.etude('admit', 'recipes/counting.yaml', '--sample', '1');
  assert.equal(admitted.code, 0, admitted.stderr);
  assert.match(admitted.stdout, /^first {2}equal.*\nsecond {2}equal/);
  assert.match(admitted.stdout, /2 results recomputed here: proved/);
  assert.equal(computations(receiver), 2);
  assert.deepEqual(statuses(await receiver.run({ recipe: 'recipes/counting.yaml' })), {
    first: 'hit',
    second: 'hit',
  });
  assert.equal((await entryOfStage(receiver, 'second')).provenance, undefined);
  assert.match(
    (await receiver.etude('admit', 'recipes/counting.yaml')).stdout,
    /nothing .* is in quarantine/,
  );
});

test('a forged result is found among decoys, and nothing of its bundle is used', async () => {
  const liar = empty();
  writeCountStage(liar);
  const decoys = Array.from(
    { length: 4 },
    (_, i) => `  decoy${i}: { uses: ../stages/count.js, with: { value: ${i} } }`,
  );
  liar.write('recipes/base.yaml', BASE);
  liar.write('recipes/counting.yaml', `${RECIPE}${decoys.join('\n')}\n`);
  await liar.run({ recipe: 'recipes/counting.yaml' });
  await poison<ReportArtifact>(liar, 'second', ({ metrics }) => {
    metrics.all!.total = 99;
  });
  const packed = await liar.etude('bundle', 'recipes/counting.yaml', '--objects', 'all');
  assert.equal(packed.code, 0, packed.stderr);

  const receiver = empty();
  assert.equal((await receiver.etude('unbundle', liar.path('counting.etude.tar'))).code, 0);
  const checked = await receiver.etude('admit', 'recipes/counting.yaml', '--sample', '1');
  assert.equal(checked.code, 1);
  assert.match(checked.stdout, /second {2}different/);
  assert.match(checked.stdout, /metrics\.all\.total 99 → 11/);
  assert.match(checked.stdout, /nothing from the bundle is used/);
  const run = await receiver.run({ recipe: 'recipes/counting.yaml' });
  // What was computed here counts, even though the bundle does not.
  assert.equal(run.stages.first!.status, 'hit');
  assert.equal(run.stages.second!.status, 'run');
  assert.equal(run.stages.second!.summary, 'total 11');
});

test('of two bundles with a result for the same stage, only the checked one is used', async () => {
  const [sound, other] = [await openCache(tempFolder()), await openCache(tempFolder())];
  const good = await commitText(sound, 'good');
  const bad = { ...(await commitText(other, 'bad')), fingerprint: good.fingerprint, parts: good.parts };
  await other.commit(bad);
  const cache = await openCache(tempFolder());
  assert.deepEqual(await takeFrom(cache, other, [good]), []);
  const [taken] = await takeFrom(cache, sound, [good]);
  assert.equal(taken?.artifactDigest, good.artifactDigest);
  assert.equal(taken?.provenance?.type, 'bundle');
});

test('on another machine, with another home folder, time zone and language, the unpacked results are reproduced byte for byte', async () => {
  const receiver = empty();
  receiver.env = {
    ...receiver.env,
    HOME: receiver.path('home'),
    TZ: 'Asia/Kolkata',
    LANG: 'tr_TR.UTF-8',
    LC_ALL: 'C',
  };
  assert.equal((await receiver.etude('unbundle', file, 'there')).code, 0);
  const reproduced = await receiver.etude('reproduce', 'there/recipes/counting.yaml');
  assert.equal(reproduced.code, 0, reproduced.stderr + reproduced.stdout);
  assert.match(reproduced.stdout, /all 2 stages are byte-equal/);
});

test('equal content gives equal bytes, any tar can read them, and an existing file is kept', async () => {
  assert.equal(
    (await sender.etude('bundle', 'recipes/counting.yaml', '--objects', 'all', '-o', 'again')).code,
    0,
  );
  assert.deepEqual(readFileSync(sender.path('again')), readFileSync(file));
  const refused = await sender.etude('bundle', 'recipes/counting.yaml', '-o', 'again');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /the file already exists/);
  const names = readFileSync(file)
    .toString('latin1')
    .match(/project\/[\w./]+\.(js|json|yaml|lock)(?=\0)/g);
  assert.deepEqual(names, [
    'project/package.json',
    'project/recipes/base.yaml',
    'project/recipes/counting.lock',
    'project/recipes/counting.yaml',
    'project/stages/count.js',
    'project/stages/label.js',
  ]);
});

test('without objects a bundle is the recipe, its lock file and its modules', async () => {
  const receiver = empty();
  await sender.etude('bundle', 'recipes/counting.yaml', '--objects', 'none', '-o', 'bare');
  const unpacked = await receiver.etude('unbundle', sender.path('bare'));
  assert.equal(unpacked.code, 0, unpacked.stderr);
  assert.doesNotMatch(unpacked.stdout, /quarantine/);
  assert.equal(existsSync(receiver.path('.etude')), false);
  assert.equal(receiver.read('recipes/counting.yaml'), RECIPE);
});

const KINDS = `stages:
  rows: { uses: load, with: { path: rows.csv } }
  model: { uses: ./stages/model.js, from: rows }
  sum: { uses: ./stages/count.js, with: { value: 3 } }
`;
const MODEL = `export default {
  name: 'model', description: 'A file.', inputs: { rows: { kind: 'dataset' } }, output: 'model',
  schema: { type: 'object', additionalProperties: false, properties: {} },
  async run({ objects }) {
    const file = await objects.put(Buffer.from('weights'));
    const files = { 'model.safetensors': file };
    return { artifact: { kind: 'model', files, labels: ['a'], num_parameters: 1, metrics: { loss: 2 } } };
  },
};
`;

test('datasets, models and reports are included: every stage is a hit elsewhere', async () => {
  const [there, receiver] = [empty(), empty()];
  for (const project of [there, receiver]) {
    writeCountStage(project);
    project.write('recipe.yaml', KINDS);
    project.write('stages/model.js', MODEL);
    project.write('rows.csv', 'a,b\n1,2\n3,4\n');
  }
  const computed = await there.run();
  assert.equal(computed.finished.status, 'success', JSON.stringify(computed.finished));
  const packed = await there.etude('bundle', 'recipe.yaml', '--objects', 'all');
  assert.equal(packed.code, 0, packed.stderr);

  const unpacked = await receiver.etude('unbundle', there.path('recipe.etude.tar'), '--trust');
  assert.equal(unpacked.code, 0, unpacked.stderr);
  const run = await receiver.run();
  assert.deepEqual(statuses(run), { rows: 'hit', model: 'hit', sum: 'hit' });
  assert.deepEqual(run.finished.metrics, computed.finished.metrics);
  assert.equal(readFileSync(join(run.finished.models.model!, 'model.safetensors'), 'utf8'), 'weights');
});

const SPEECH = `name: t
params: { seed: 1 }
stages:
  clips: { uses: load, with: { path: clips } }
  parts: { uses: split, from: clips, with: { test_size: 0.25, seed: "\${{ params.seed }}" } }
  speech: { uses: cast-audio, from: parts, with: { column: audio, sampling_rate: 16000 } }
`;

test("a bundle's records of finished chunks are never used, whatever they say", async () => {
  const tones = toneProject(8);
  tones.write('recipe.yaml', SPEECH);
  await tones.run();
  const cache = await openCache(tones.path('.etude'));
  const packed = await tones.etude('bundle', 'recipe.yaml', '--objects', 'all', '-o', 'honest.tar');
  assert.equal(packed.code, 0, packed.stderr);
  const pieces: Piece[] = [];
  const bundle = await openBundle(tones.path('honest.tar'));
  await bundle.extract(async ({ name }) => {
    const parts: Buffer[] = [];
    return {
      write: async (piece) => void parts.push(Buffer.from(piece)),
      finish: async () => void pieces.push({ name, bytes: Buffer.concat(parts) }),
      abandon: async () => undefined,
    };
  });
  await bundle.close();
  // As older versions wrote it, with a record that assigns other audio to the chunk.
  const keys = (await cache.chunks.all()).map((stored) => cache.chunks.keyOf(stored));
  const chunks = await Promise.all(keys.map(async (key) => ({ key, chunk: (await cache.chunks.get(key))! })));
  const { key, chunk } = chunks.find((each) => each.chunk.columns.audio !== undefined)!;
  const other = pieces.find(
    ({ name }) => name.startsWith('cache/objects/') && !name.endsWith(chunk.columns.audio!.digest),
  )!;
  const swapped = { digest: other.name.split('/').at(-1)!, size: other.bytes.length };
  const record = JSON.stringify({ ...chunk, columns: { audio: swapped } });
  tones.write('swapped.tar', archive([...pieces, text(`cache/chunks/${key}.json`, record)]));

  const receiver = toneProject(8);
  receiver.write('recipe.yaml', SPEECH);
  const unpacked = await receiver.etude('unbundle', tones.path('swapped.tar'), '--trust');
  assert.match(unpacked.stdout, /3 results will be used/);
  assert.deepEqual(await (await openCache(receiver.path('.etude'))).chunks.all(), []);
  assert.deepEqual(new Set(Object.values(statuses(await receiver.run()))), new Set(['hit']));
  const again = await receiver.run({ set: ['params.seed=2'] });
  assert.equal(again.stages.speech!.rowsComputed, 8);
});

test('a damaged result is not packed', async () => {
  const damaged = toneProject(8);
  damaged.write('recipe.yaml', 'name: clips\nstages: { clips: { uses: load, with: { path: clips } } }\n');
  await damaged.run();
  const objects = damaged.path('.etude/objects');
  const [folder] = readdirSync(objects);
  const [object] = readdirSync(join(objects, folder!));
  flipBit(join(objects, folder!, object!));
  const packed = await damaged.etude('bundle', 'recipe.yaml', '--objects', 'all');
  assert.match(packed.stderr, /not packed, because they are not in the cache: clips/);
});
