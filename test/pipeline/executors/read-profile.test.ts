import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { HuggingFaceProfile } from '../../../src/pipeline/executors/huggingface/huggingface.js';
import { isChosen, resourcesFor } from '../../../src/pipeline/executors/job-resources.js';
import type { KubernetesProfile } from '../../../src/pipeline/executors/kubernetes/types.js';
import { findProfiles } from '../../../src/pipeline/executors/profiles/find-profiles.js';
import { readProfile } from '../../../src/pipeline/executors/profiles/read-profile.js';
import type { PipelineStage } from '../../../src/pipeline/recipe/pipeline.js';
import { tempFolder } from '../../support/temp-folder.js';

async function read(text: string, name = 'cluster') {
  const file = join(tempFolder('profiles'), 'etude.profiles.yaml');
  writeFileSync(file, text);
  return readProfile(file, name);
}

/** `line:column message` of each problem. */
async function problemsOf(text: string, name?: string): Promise<string[]> {
  const opened = await read(text, name);
  assert.ok('problems' in opened);
  return opened.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

test('a profile is read with its defaults', async () => {
  const opened = await read('profiles:\n  cluster:\n    executor: slurm\n');
  assert.ok('profile' in opened);
  const { file: _, ...rest } = opened;
  assert.deepEqual(rest, {
    name: 'cluster',
    profile: {
      executor: 'slurm',
      max_jobs: 100,
      retries: 2,
      poll_interval: 5,
      grace: 60,
      state_interval: '10m',
    },
  });
});

test('all mistakes are reported with their positions', async () => {
  const text = `profiles:
  cluster:
    executor: slurm
    max_job: 3
    resources: { cpus: 0, memory: lots, partition: "a\\nb", args: [rm] }
  pbs:
    executor: command
    submit: [qsub]
    job_id: '('
    status: [qstat]
    cancel: [qdel, '{ids}']
  other:
    executor: nomad
`;
  assert.deepEqual(await problemsOf(text), [
    "4:5 unknown key 'max_job' of profile 'cluster'",
    "5:24 wrong value for key 'resources.cpus' of profile 'cluster'",
    "5:35 wrong value for key 'resources.memory' of profile 'cluster'",
    "5:52 wrong value for key 'resources.partition' of profile 'cluster'",
    "5:67 wrong value for key 'resources.args.0' of profile 'cluster'",
    "8:13 'submit' does not name what to run",
    '9:13 not a regular expression: Invalid regular expression: /(/: Unterminated group',
    "10:13 'status' does not name the jobs",
    "13:15 wrong value for key 'executor' of profile 'other'",
  ]);
});

test('a profile of Kubernetes is read with its defaults, and its mistakes are reported', async () => {
  const opened = await read(`profiles:
  cluster:
    executor: kubernetes
    image: registry.example/etude:1
    volumes: [{ claim: etude, path: /cache }]
`);
  assert.ok('profile' in opened);
  const { etude, kubectl, gpu_resource, keep_jobs } = opened.profile as KubernetesProfile;
  assert.deepEqual(
    [etude, kubectl, gpu_resource, keep_jobs],
    [['etude'], ['kubectl'], 'nvidia.com/gpu', '1d'],
  );
  const text = `profiles:
  cluster:
    executor: kubernetes
    namespace: Team_A
    volumes: [{ claim: a b, path: cache }]
    env: { HF_TOKEN: { secret: hub } }
    pod: { containers: [] }
`;
  assert.deepEqual(await problemsOf(text), [
    "2:3 missing key 'image' of profile 'cluster'",
    "4:16 wrong value for key 'namespace' of profile 'cluster'",
    "5:24 wrong value for key 'volumes.0.claim' of profile 'cluster'",
    "5:35 wrong value for key 'volumes.0.path' of profile 'cluster'",
    "6:12 missing key 'key' of key 'env.HF_TOKEN' of profile 'cluster'",
    "7:12 bad name 'containers'",
  ]);
});

test('a profile whose jobs could see neither the cache folder nor a store is refused', async () => {
  const text = (lines: string) => `profiles:\n  p:\n    ${lines.replaceAll('\n', '\n    ')}\n`;
  assert.deepEqual(await problemsOf(text('executor: kubernetes\nimage: etude'), 'p'), [
    '3:15 pods would see neither the cache folder nor a store',
  ]);
  const jobs = 'executor: huggingface\nimage: etude\nnamespace: me\nstore: ';
  assert.deepEqual(await problemsOf(text(`${jobs}/shared/store`), 'p'), [
    '6:12 jobs of Hugging Face see no folder of yours',
  ]);
  const opened = await read(text(`${jobs}hf:me/store`), 'p');
  assert.ok('profile' in opened);
  const { flavor, secrets } = opened.profile as HuggingFaceProfile;
  assert.deepEqual([flavor, secrets], ['cpu-basic', []]);
});

test('a profile that is not there, and a module that is not there', async () => {
  assert.deepEqual(await problemsOf('profiles:\n  cluster: { executor: local }\n', 'clutser'), [
    "1:1 no profile 'clutser'",
  ]);
  assert.deepEqual(await problemsOf('profiles:\n  cluster: { executor: nomad }\n', 'clutser'), [
    "1:1 no profile 'clutser'",
    "2:24 wrong value for key 'executor' of profile 'cluster'",
  ]);
  assert.deepEqual(await problemsOf('profiles:\n  cluster: { executor: ./mine.js }\n'), [
    "2:24 no such module: './mine.js'",
  ]);
});

test('the file is looked for from the recipe up to its project', () => {
  const dir = tempFolder('profiles');
  mkdirSync(join(dir, 'a/b'), { recursive: true });
  writeFileSync(join(dir, 'etude.profiles.yaml'), '');
  assert.equal(
    findProfiles({ recipeDir: join(dir, 'a/b'), projectDir: dir }),
    join(dir, 'etude.profiles.yaml'),
  );
  assert.throws(
    () => findProfiles({ recipeDir: join(dir, 'a/b'), projectDir: join(dir, 'a') }),
    /there is no/,
  );
});

const stage = (parts: object): PipelineStage =>
  ({ id: 'model', uses: 'train', type: { cores: 'all' }, ...parts }) as unknown as PipelineStage;

test('the most specific resources count', () => {
  const profile = {
    resources: { cpus: 1, memory: '1GB', partition: 'a' },
    stage_resources: { train: { cpus: 2, time: '1h' }, model: { cpus: 4 } },
  };
  assert.deepEqual(resourcesFor(stage({ resources: { cpus: 3, gpus: 1 } }), profile), {
    ...{ cpus: 4, memory: 1e9, gpus: 1, time: 3600 },
    more: { partition: 'a' },
  });
  assert.deepEqual(resourcesFor(stage({ id: 'other', uses: 'toString' }), profile).cpus, 1);
});

test('stages are chosen by id, type, or because they use all cores; variants by the id in the recipe', () => {
  const variant = stage({ id: 'model[lr=1]', variantOf: 'model' });
  assert.equal(isChosen(variant, {}), true);
  assert.equal(isChosen(stage({ type: {} }), {}), false);
  assert.equal(isChosen(variant, { stages: ['model'] }), true);
  assert.equal(isChosen(variant, { stages: ['train'] }), true);
  assert.equal(isChosen(variant, { stages: ['scores'] }), false);
  assert.equal(isChosen(stage({ type: {} }), { stages: 'all' }), true);
});
