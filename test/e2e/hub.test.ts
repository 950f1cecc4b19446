import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { finish, type Ran, statuses, warningsOf } from '../support/command-line.js';
import { HubServer, type SeenRequest } from '../support/hub-server.js';
import type { Project } from '../support/project.js';
import { toneProject } from '../support/tone-project.js';

const fixture = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)));
const parquet = fixture('test/fixtures/hub/minds14.parquet');
const RECIPE = 'pipelines/minds14.yaml';
const IDS = ['minds', 'parts', 'slim', 'speech', 'features', 'encoded', 'model', 'scores'];
const CARD = `---
configs:
- config_name: en-US
  default: true
  data_files:
  - split: train
    path: en-US/train-*.parquet
---
# MInDS-14
`;

let hub: HubServer;
let project: Project;
let commits: { dataset: string; model: string };
/** The first run, and its requests. */
let cold: Ran;
let requests: SeenRequest[];

before(async () => {
  hub = await HubServer.start();
  // The tone project's checkpoint, under the name that the recipe uses.
  project = toneProject(0);
  const checkpoint = ['config.json', 'preprocessor_config.json', 'model.safetensors'].map((name) => [
    name,
    readFileSync(project.path(`checkpoint/${name}`)),
  ]);
  rmSync(project.path('checkpoint'), { recursive: true });
  project.write(RECIPE, fixture(RECIPE));
  commits = {
    dataset: hub.commit('dataset', 'PolyAI/minds14', {
      '.gitattributes': '*.parquet filter=lfs',
      'README.md': CARD,
      'en-US/train-00000-of-00001.parquet': parquet,
      'de-DE/train-00000-of-00001.parquet': Buffer.from('not asked for'),
    }),
    model: hub.commit('model', 'facebook/wav2vec2-base', {
      'README.md': '# wav2vec2',
      ...Object.fromEntries(checkpoint),
    }),
  };
  cold = await run(at('warm'));
  requests = hub.take();
});
after(() => hub.close());
beforeEach(() => {
  hub.faults.length = 0;
  hub.token = undefined;
  hub.take();
});

/** Environment variables that lead to the server, with the cache in a folder of the project. */
function at(home: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    HF_ENDPOINT: hub.endpoint,
    HF_HOME: project.path(home),
    HF_HUB_OFFLINE: '',
    HF_TOKEN: '',
    ...more,
  };
}

function freshHome(): string {
  mkdirSync(project.path('homes'), { recursive: true });
  return mkdtempSync(project.path('homes/')).slice(project.dir.length + 1);
}

/** Runs the recipe in this process, with its own environment variables. */
async function run(env: Record<string, string>, force: string[] = []) {
  Object.assign(process.env, env);
  return project.run({ recipe: RECIPE, force });
}

/** `run --force minds`: what the load stage reads is checked and, if it is missing, downloaded. */
const reload = (env: Record<string, string>) => run(env, ['minds']);

/** `etude …` with its own environment variables. */
function etude(env: Record<string, string>, ...args: string[]) {
  project.env = env;
  return project.etude(...args);
}

const all = (status: string) => Object.fromEntries(IDS.map((id) => [id, status]));
const forced = { ...all('hit'), minds: 'run' };
const downloads = () => hub.requests.filter(({ host }) => host === 'cdn');

test('the unchanged guide fetches what it reads and trains; when warm it asks only for two commits, offline for nothing', async () => {
  assert.deepEqual(statuses(cold), all('run'));
  assert.ok(cold.finished.metrics.test_accuracy! >= 0);
  assert.equal(cold.stages.minds?.summary, '42 clips');
  const model = JSON.parse(readFileSync(join(cold.finished.models.model!, 'config.json'), 'utf8'));
  assert.deepEqual([model.id2label['0'], model.id2label['13']], ['abroad', 'pay_bill']);
  // Each file once, and nothing of other configurations; the footer was read before, by a range.
  const whole = requests.filter(({ host, range }) => host === 'cdn' && range === undefined);
  assert.equal(whole.length, 2);
  assert.ok(requests.every(({ path }) => !path.includes('de-DE')));
  assert.ok(
    cold.events.some(
      (event) => event.type === 'stage-progress' && event.unit === 'bytes' && event.total === parquet.length,
    ),
  );

  const [record] = readdirSync(project.path('.etude/runs'));
  const { repositories } = JSON.parse(project.read(`.etude/runs/${record}/record.json`));
  assert.deepEqual(
    repositories.map(({ stage, id, revision, commit }: Record<string, string>) => [
      stage,
      id,
      revision,
      commit,
    ]),
    [
      ['minds', 'PolyAI/minds14', 'main', commits.dataset],
      ['features', 'facebook/wav2vec2-base', 'main', commits.model],
      ['model', 'facebook/wav2vec2-base', 'main', commits.model],
    ],
  );

  assert.deepEqual(statuses(await run(at('warm'))), all('hit'));
  assert.deepEqual(
    hub.take().map(({ path }) => path),
    ['/api/datasets/PolyAI/minds14/revision/main', '/api/models/facebook/wav2vec2-base/revision/main'],
  );

  const offline = at('warm', { HF_HUB_OFFLINE: '1' });
  assert.deepEqual(statuses(await run(offline)), all('hit'));
  assert.deepEqual(statuses(await reload(offline)), forced);
  assert.deepEqual(hub.take(), []);
});

test('without a network the commits from last time are used, with a warning', async () => {
  const run = await reload(at('warm', { HF_ENDPOINT: 'http://127.0.0.1:9' }));
  assert.deepEqual(statuses(run), forced);
  assert.match(
    warningsOf(run).join('\n'),
    /127\.0\.0\.1:9 cannot be reached.*using the last known revision of dataset 'PolyAI\/minds14'/,
  );
});

test('offline with an empty cache, a plan says what is missing', async () => {
  const { code, stderr } = await etude(at(freshHome(), { HF_HUB_OFFLINE: '1' }), 'plan', RECIPE);
  assert.notEqual(code, 0);
  assert.match(
    stderr,
    /revision 'main' of dataset 'PolyAI\/minds14' is not in the cache, and HF_HUB_OFFLINE is set/,
  );
  assert.doesNotMatch(stderr, /\bat .*\.js:\d+/);
  assert.deepEqual(hub.take(), []);
});

test('a plan downloads nothing large', async () => {
  const home = freshHome();
  const { code, stderr } = await etude(at(home), 'plan', RECIPE);
  assert.equal(code, 0, stderr);
  const blobs = readdirSync(project.path(`${home}/hub`), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  assert.ok(Math.max(...blobs) < 5000, `a file of ${Math.max(...blobs)} bytes`);
});

test('a run that is killed in the middle of a download resumes it', async () => {
  const home = freshHome();
  hub.faults.push({ host: 'cdn', path: /./, stallAfter: 100_000, times: undefined });
  // The footer is read before anything runs, and must succeed.
  hub.faults.unshift({ host: 'cdn', path: /./, times: 1 });
  project.env = at(home);
  const child = project.start('run', RECIPE, '--progress', 'json', '--force', 'minds');
  const ended = finish(child);
  const blobs = project.path(`${home}/hub/datasets--PolyAI--minds14/blobs`);
  const partial = () => {
    const name = readdirSync(blobs).find((one) => one.endsWith('.incomplete'));
    return name === undefined ? 0 : statSync(join(blobs, name)).size;
  };
  const deadline = Date.now() + 20_000;
  while (!(downloads().length > 1 && partial() === 100_000) && Date.now() < deadline) await sleep(20);
  process.kill(-child.pid!, 'SIGKILL');
  await ended;

  hub.faults.length = 0;
  hub.take();
  assert.deepEqual(statuses(await reload(at(home))), forced);
  const resumed = downloads().filter(({ range }) => range === 'bytes=100000-');
  assert.equal(resumed.length, 1);
  assert.deepEqual(
    readdirSync(blobs).filter((one) => one.endsWith('.incomplete')),
    [],
  );
});

test('wrong bytes are fetched once more, then refused, and none of them are kept', async () => {
  const whole = { host: 'cdn', path: /./, corrupt: true } as const;
  const home = freshHome();
  hub.faults.push({ host: 'cdn', path: /./, times: 1 }, { ...whole, times: 1 });
  assert.deepEqual(statuses(await reload(at(home))), forced);
  assert.equal(downloads().length, 3);

  const other = freshHome();
  hub.take();
  hub.faults.splice(0, 2, { host: 'cdn', path: /./, times: 1 }, whole);
  const failed = await reload(at(other));
  assert.match(
    failed.stages.minds!.error!,
    /'en-US\/train-00000-of-00001\.parquet' of dataset 'PolyAI\/minds14' arrived corrupted/,
  );
  const blobs = readdirSync(project.path(`${other}/hub/datasets--PolyAI--minds14/blobs`));
  assert.ok(
    blobs.every((name) => name.length === 40),
    blobs.join(),
  );
});

test('a server that is busy, fails or cuts the connection is asked again', async () => {
  hub.faults.push(
    { host: 'hub', path: /revision/, status: 429, headers: { 'retry-after': '0' }, times: 1 },
    { host: 'hub', path: /tree/, status: 500, times: 1 },
    { host: 'cdn', path: /./, times: 1 },
    { host: 'cdn', path: /./, cutAfter: 50_000, times: 1 },
  );
  const done = await reload(at(freshHome()));
  assert.deepEqual(statuses(done), forced);
  assert.ok(downloads().some(({ range }) => range === 'bytes=50000-'));
  assert.ok(done.events.some((event) => event.type === 'stage-log' && /retrying/.test(event.text)));
});

test('the token goes only to the Hub: to no other server and into no file', async () => {
  hub.token = 'hf_aVerySecretToken';
  const home = freshHome();
  project.env = at(home, { HF_TOKEN: hub.token });
  const done = await project.etudeRun(RECIPE, '--force', 'minds');
  assert.deepEqual(statuses(done), forced, done.stderr);
  const seen = hub.take();
  assert.ok(
    seen
      .filter(({ host }) => host === 'hub')
      .every(({ authorization }) => authorization === `Bearer ${hub.token}`),
  );
  const elsewhere = seen.filter(({ host }) => host === 'cdn');
  assert.ok(elsewhere.length >= 2);
  assert.ok(elsewhere.every(({ authorization }) => authorization === undefined));

  const refused = await etude(at(freshHome(), { HF_TOKEN: 'hf_anOldSecretToken' }), 'check', RECIPE);
  const texts = [JSON.stringify(done), refused.stdout + refused.stderr];
  for (const folder of [project.path('.etude'), project.path(home)]) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) texts.push(readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  }
  assert.match(texts[1]!, /rejected the token[\s\S]*HF_TOKEN/);
  assert.ok(texts.every((text) => !text.includes('SecretToken')));
});

test("denied access and a missing repository are reported at the recipe's line, with what to do", async () => {
  const check = async (env: Record<string, string>) => {
    const { code, stderr } = await etude(env, 'check', RECIPE);
    assert.notEqual(code, 0);
    return stderr;
  };
  hub.token = 'hf_other';
  const refused = await check(at(freshHome()));
  assert.match(refused, /minds14\.yaml:\d+[\s\S]*no dataset 'PolyAI\/minds14' on the Hub[\s\S]*HF_TOKEN/);
  assert.match(refused, /no model 'facebook\/wav2vec2-base' on the Hub/);
  hub.token = undefined;
  hub.faults.push({ host: 'hub', path: /resolve/, status: 403, headers: { 'x-error-code': 'GatedRepo' } });
  assert.match(await check(at(freshHome())), /dataset 'PolyAI\/minds14' is gated[\s\S]*Request access on/);
  hub.faults.splice(0, 1, { host: 'hub', path: /datasets/, status: 404 });
  assert.match(
    await check(at(freshHome())),
    /no dataset 'PolyAI\/minds14' on the Hub, and no local folder of that name/,
  );
});
