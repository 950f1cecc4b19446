import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchSystem } from '../support/batch-system.js';
import { finish } from '../support/command-line.js';
import { HubServer } from '../support/hub-server.js';
import type { Project } from '../support/project.js';
import { S3Server, type SeenS3Request } from '../support/s3-server.js';
import { restlessProject } from '../support/tone-project.js';

const TOKEN = 'hf_s3crettoken';
const RARELY = 'eval_steps: 50, save_strategy: steps, save_steps: 50';
const options = { skip: process.platform !== 'linux' && 'needs /proc', timeout: 120_000 };

let s3: S3Server;
let hub: HubServer;
let batch: BatchSystem;
let expected: Record<string, string>;
before(async () => {
  s3 = await S3Server.start();
  hub = await HubServer.start();
  hub.token = TOKEN;
  hub.commit('dataset', 'team/store', { '.gitattributes': '' });
  batch = new BatchSystem();
  const here = project();
  await here.run();
  expected = await results(here);
});
after(async () => {
  batch.remove();
  await s3.close();
  await hub.close();
});

function project(store?: string, env: Record<string, string> = {}): Project {
  const made = restlessProject();
  made.edit('recipe.yaml', 'num_train_epochs: 3', 'num_train_epochs: 100');
  made.edit('recipe.yaml', 'eval_steps: 2, save_strategy: steps, save_steps: 2', RARELY);
  made.write(
    'etude.profiles.yaml',
    `profiles:
  far:
    ${batch.profile}
    stages: [train, evaluate]
    store: ${store}
    state_interval: 0s
    poll_interval: 0.3
    grace: 1
`,
  );
  Object.assign(made.env, env);
  return made;
}

async function results(made: Project): Promise<Record<string, string>> {
  const entries = await (await made.cache()).entries.all();
  return Object.fromEntries(entries.map(({ entry }) => [entry.fingerprint, entry.artifactDigest]));
}

/** Whether the run knows the id of a job. */
function isSubmitted(made: Project): boolean {
  try {
    const files = readdirSync(made.path('.etude/jobs'), { recursive: true, encoding: 'utf8' });
    return files.some(
      (file) => file.endsWith('job.json') && made.read(`.etude/jobs/${file}`).includes('"id"'),
    );
  } catch {
    return false;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}

test(
  'machines that share nothing but S3: the same results, whoever dies, and a training goes on from its state',
  options,
  async () => {
    const there = project('s3://bucket/store', s3.env);
    // A run that is killed, and its job, as soon as that has saved a state.
    const first = there.start('run', 'recipe.yaml', '--profile', 'far', '--progress', 'json');
    const ended = finish(first);
    // No job can end, however fast the machine, before the test has killed it.
    const held = { method: 'PUT', path: /output\.json/, hang: true };
    s3.faults.push(held);
    await until(() => isSubmitted(there));
    first.kill('SIGKILL');
    await ended;
    await until(() => s3.keys().some((key) => key.endsWith('/state-1.json')));
    batch.kill(batch.jobsOf('model')[0]!);
    // The next job dies when all that it has made is there, but not the result that names it.
    const sent = s3.requests.length;
    const second = there.etudeRun('--profile', 'far');
    const isHeld = ({ method, path }: SeenS3Request) => method === 'PUT' && held.path.test(path);
    await until(() => s3.requests.slice(sent).some(isHeld));
    const [, killed] = batch.jobsOf('model');
    s3.faults.length = 0;
    batch.kill(killed!);
    const { code, stages, stderr } = await second;
    assert.equal(code, 0, stderr);
    assert.deepEqual([stages.model?.status, stages.scores?.status], ['run', 'run']);
    assert.deepEqual(await results(there), expected);
    assert.deepEqual([batch.jobsOf('model').length, batch.jobsOf('scores').length], [3, 1]);
    assert.match(batch.log(killed!), /resum|continu/i);
  },
);

test('the Hub as the store: the same results, also if the run is killed', options, async () => {
  const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_OFFLINE: '', HF_TOKEN: TOKEN };
  const there = project('hf://datasets/team/store', env);
  const first = there.start('run', 'recipe.yaml', '--profile', 'far', '--progress', 'json');
  const ended = finish(first);
  const before = batch.jobsOf('model').length;
  await until(() => isSubmitted(there));
  first.kill('SIGKILL');
  await ended;
  const { code, stderr } = await there.etudeRun('--profile', 'far');
  assert.equal(code, 0, stderr);
  assert.deepEqual(await results(there), expected);
  assert.equal(batch.jobsOf('model').length, before + 1);
});
