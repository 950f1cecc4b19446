import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry } from '../../src/pipeline/cache/types.js';
import type { Project } from '../support/project.js';
import { noSlurm, SlurmCluster } from '../support/slurm.js';
import { restlessProject, toneProject } from '../support/tone-project.js';

let slurm: SlurmCluster;
before(async () => {
  if (noSlurm === false) slurm = await SlurmCluster.start();
});
after(() => slurm?.stop());

const options = { skip: noSlurm, timeout: 120_000 };

/** A project with a profile that trains on the cluster. */
function project(more = ''): Project {
  const made = restlessProject();
  Object.assign(made.env, slurm.env);
  made.write(
    'etude.profiles.yaml',
    `profiles:
  cluster:
    executor: slurm
    stages: [train]
    resources: { cpus: 2, memory: 1500MB, time: 10m }
    poll_interval: 0.3
    grace: 2
${more}`,
  );
  return made;
}

/** Digests of the results, by fingerprint. */
async function results(made: Project): Promise<Map<string, string>> {
  const cache = await made.cache();
  const entries = await cache.entries.all();
  return new Map(entries.map(({ entry }: { entry: Entry }) => [entry.fingerprint, entry.artifactDigest]));
}

/** How often anything was begun, by the jobs of a project. */
function begun(made: Project): number {
  const files = jobFiles(made, 'events.ndjson');
  return files.flatMap((file) => readFileSync(file, 'utf8').match(/"type":"started"/g) ?? []).length;
}

function jobFiles(made: Project, name: string): string[] {
  try {
    const files = readdirSync(made.path('.etude/jobs'), { recursive: true, encoding: 'utf8' });
    return files
      .filter((file) => basename(file) === name && !file.includes('process'))
      .map((file) => made.path(join('.etude/jobs', file)));
  } catch {
    return [];
  }
}

test(
  'a run on Slurm has the results of a run here, whoever watches it, also while Slurm is down',
  options,
  async () => {
    const here = project();
    await here.run();
    const there = project();
    // The submitting process is killed as soon as there is a job.
    const first = there.start('run', 'recipe.yaml', '--profile', 'cluster', '--progress', 'json');
    while (jobFiles(there, 'job.json').length === 0) await sleep(20);
    first.kill('SIGKILL');
    await slurm.kill('slurmctld');
    const second = there.etudeRun('--profile', 'cluster');
    await sleep(1500);
    slurm.up('slurmctld');
    const { code, events, stages } = await second;
    assert.equal(code, 0);
    assert.equal(stages.model?.status, 'run');
    assert.ok(events.some((event) => event.type === 'stage-job' && event.state === 'running'));
    assert.ok(events.some((event) => event.type === 'stage-progress' && event.training !== undefined));
    assert.deepEqual(await results(there), await results(here));
    assert.equal(begun(there), 1);
    const log = await there.etude('logs', 'recipe.yaml', 'model');
    assert.match(log.stdout, /computing stage 'model' on .* with 2 cores\n[\s\S]*done after/);
    const again = await there.etudeRun('--profile', 'cluster');
    assert.equal(again.stages.model?.status, 'hit');
  },
);

test('a job that is cancelled saves its state, and the next run continues it', options, async () => {
  const made = project();
  made.edit('recipe.yaml', 'num_train_epochs: 3', 'num_train_epochs: 150');
  const run = made.etudeRun('--profile', 'cluster');
  const trains = () =>
    jobFiles(made, 'events.ndjson').some((file) => readFileSync(file, 'utf8').includes('"training"'));
  while (!trains()) await sleep(50);
  slurm.call('scancel', '--user=root');
  const { code, stages } = await run;
  assert.equal(code, 1);
  assert.match(stages.model?.error ?? '', /was cancelled, and not by this run/);
  const output = JSON.parse(readFileSync(jobFiles(made, 'output.json')[0]!, 'utf8')) as {
    output: { type: string };
  };
  assert.equal(output.output.type, 'aborted');
  const { stages: next, events } = await made.etudeRun('--profile', 'cluster');
  assert.equal(next.model?.status, 'run');
  const logs = events.flatMap((event) => (event.type === 'stage-log' ? [event.text] : []));
  assert.ok(
    logs.some((text) => /continu|resum/i.test(text)),
    logs.join('\n'),
  );
});

test(
  'shards are an array that the next run finds, and the results are those of a run here',
  options,
  async () => {
    const recipe = `stages:
  clips: { uses: load, with: { path: clips } }
  speech: { uses: cast-audio, from: clips, with: { column: audio, sampling_rate: 16000 } }
`;
    const here = toneProject(48, recipe);
    await here.run();
    const there = toneProject(48, recipe);
    Object.assign(there.env, slurm.env);
    there.write(
      'etude.profiles.yaml',
      `profiles:
  cluster:
    executor: slurm
    resources: { cpus: 1, memory: 800MB, shards: 2 }
    poll_interval: 0.3
    grace: 2
`,
    );
    const first = there.start('run', 'recipe.yaml', '--profile', 'cluster', '--progress', 'json');
    while (jobFiles(there, 'job.json').length === 0) await sleep(20);
    first.kill('SIGKILL');
    const { code, events, stages } = await there.etudeRun('--profile', 'cluster');
    assert.equal(code, 0);
    assert.equal(stages.speech?.rowsComputed, 48);
    assert.deepEqual(await results(there), await results(here));
    assert.equal(begun(there), 2);
    const shards = events.flatMap((event) => (event.type === 'stage-job' ? (event.shards ?? []) : []));
    assert.deepEqual(shards.at(-1), { done: 2, count: 2 });
    assert.match(
      (await there.etude('logs', 'recipe.yaml', 'speech', '--shard', '1')).stdout,
      /^computing stage 'speech', shard 1 of 2, on .*\ndone after .*\n$/,
    );
  },
);

test('a partition that does not exist is reported at once, in the words of Slurm', options, async () => {
  const made = project('    stage_resources: { model: { partition: nope } }\n');
  const { stages } = await made.etudeRun('--profile', 'cluster');
  assert.match(stages.model?.error ?? '', /Slurm refused the job[\s\S]*invalid partition/);
});
