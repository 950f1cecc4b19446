import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Called } from '../../../../src/pipeline/executors/call.js';
import { Kubernetes } from '../../../../src/pipeline/executors/kubernetes/kubernetes.js';
import { LABELS } from '../../../../src/pipeline/executors/kubernetes/names.js';
import { SchedulerUnavailable } from '../../../../src/pipeline/executors/scheduler.js';
import { tempFolder } from '../../../support/temp-folder.js';
import { fullProfile, hostileJob } from './cases.js';

/** kubectl with given answers by its first words; `calls` are the command lines. */
function kubernetes(answers: Record<string, Partial<Called>>, profile = fullProfile) {
  const calls: string[][] = [];
  const clock = { now: 0 };
  const run = async (command: readonly string[]) => {
    calls.push(command.slice(1));
    const line = command.slice(1).join(' ');
    const key = Object.keys(answers).find((each) => line.startsWith(each)) ?? '';
    return { code: 0, stdout: '', stderr: '', ...answers[key] };
  };
  return {
    scheduler: new Kubernetes(profile, '/cache', { run, now: () => clock.now }),
    calls,
    clock,
    answers,
  };
}

const listed = (...items: object[]) => ({ stdout: JSON.stringify({ kind: 'List', items }) });
const item = (kind: string, id: string, status: object) => ({
  kind,
  metadata: { name: id, labels: { [LABELS.job]: id } },
  status,
});

function jobIn(folder: string) {
  const script = join(folder, 'job.sh');
  writeFileSync(script, '#!/bin/bash\nmodule load x\nexec etude\n');
  return { ...hostileJob, script };
}

test('a job is created from a file, once, also if the first answer was lost', async () => {
  const folder = tempFolder('kubernetes');
  const { scheduler, calls } = kubernetes({
    create: { code: 1, stderr: 'Error from server (AlreadyExists): jobs' },
  });
  const id = await scheduler.submit(jobIn(folder));
  assert.equal(id, 'etude-model-x-3f2a91c0-1-9e4b21');
  const [[, , file]] = calls as [string[]];
  const manifest = JSON.parse(readFileSync(file!, 'utf8'));
  assert.equal(manifest.metadata.name, id);
  assert.deepEqual(manifest.spec.template.spec.containers[0].command, hostileJob.command);
  assert.ok(calls[0]!.includes('--namespace=default'));
  const withSetup = kubernetes({}, { ...fullProfile, setup: ['module load x'] });
  await withSetup.scheduler.submit(jobIn(folder));
  const { command } = JSON.parse(readFileSync(file!, 'utf8')).spec.template.spec.containers[0];
  assert.deepEqual(command, ['/bin/bash', '-c', '#!/bin/bash\nmodule load x\nexec etude\n']);
});

test('a refusal is final; a server that is down, or a quota that is used up, is not', async () => {
  const job = jobIn(tempFolder('kubernetes'));
  const answer = (stderr: string) => kubernetes({ create: { code: 1, stderr } }).scheduler.submit(job);
  for (const text of [
    'The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?',
    'Unable to connect to the server: dial tcp: lookup api: no such host',
    'Error from server (Forbidden): jobs.batch "x" is forbidden: exceeded quota: q, requested: count/jobs.batch=1',
    'Error from server (InternalError): an error on the server',
    'Unable to connect to the server: net/http: TLS handshake timeout',
  ])
    await assert.rejects(answer(text), SchedulerUnavailable, text);
  for (const text of [
    'Error from server (Forbidden): jobs.batch is forbidden: User "me" cannot create resource "jobs"',
    'The Job "x" is invalid: spec.template.spec.containers[0].image: Required value',
    'error: strict decoding error: unknown field "spec.template.spec.nope"',
  ])
    await assert.rejects(answer(text), { name: 'EtudeError', message: 'Kubernetes refused the job' });
});

test('one question has the states of all jobs, and unknown ones are left out', async () => {
  const { scheduler, calls } = kubernetes({
    'get jobs,pods': listed(
      item('Job', 'a', { active: 1 }),
      item('Job', 'b', { conditions: [{ type: 'Complete', status: 'True' }] }),
      item('Job', 'other', { active: 1 }),
      item('Pod', 'a', { phase: 'Running' }),
    ),
  });
  const states = await scheduler.status(['a', 'b', 'gone']);
  assert.deepEqual(
    [...states].map(([id, { state }]) => `${id} ${state}`),
    ['a running', 'b ended'],
  );
  assert.equal(calls.length, 1);
  const down = kubernetes({ get: { code: 1, stderr: 'Unable to connect to the server' } });
  await assert.rejects(down.scheduler.status(['a']), SchedulerUnavailable);
  await assert.rejects(
    kubernetes({ get: { stdout: 'Warning' } }).scheduler.status(['a']),
    SchedulerUnavailable,
  );
});

test('a job that waits for what does not come is hopeless after a while', async () => {
  const stuck = item('Pod', 'a', {
    phase: 'Pending',
    containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } }],
  });
  const fine = item('Pod', 'a', { phase: 'Pending' });
  const { scheduler, clock, answers } = kubernetes({});
  const look = async (pod: object, seconds: number) => {
    answers['get jobs,pods'] = listed(item('Job', 'a', { active: 1 }), pod);
    clock.now = seconds * 1000;
    return (await scheduler.status(['a'])).get('a')!;
  };
  const reason = 'ImagePullBackOff: no such image';
  assert.deepEqual(await look(stuck, 0), { state: 'queued', reason });
  assert.equal((await look(stuck, 500)).state, 'queued');
  assert.equal((await look(fine, 550)).state, 'queued');
  assert.equal((await look(stuck, 700)).state, 'queued');
  assert.deepEqual(await look(stuck, 1300), { state: 'hopeless', reason });
});

test('why there is no pod is asked for at most once a minute', async () => {
  const { scheduler, calls, clock } = kubernetes({
    'get jobs,pods': listed(item('Job', 'a', {}), item('Job', 'b', {})),
    'get events': listed({ involvedObject: { name: 'a' }, message: 'serviceaccount "trainer" not found' }),
  });
  const look = async () => [...(await scheduler.status(['a', 'b'])).values()];
  const reason = 'FailedCreate: serviceaccount "trainer" not found';
  assert.deepEqual(await look(), [{ state: 'queued', reason }, { state: 'queued' }]);
  await look();
  assert.equal(calls.filter(([, what]) => what === 'events').length, 1);
  clock.now = 601_000;
  assert.equal((await look())[0]!.state, 'hopeless');
});

test('jobs are found by name, ended with their state saved, and their logs read', async () => {
  const { scheduler, calls } = kubernetes({
    get: { stdout: 'job.batch/x\n' },
    logs: { stdout: 'loss 0.1\n' },
  });
  assert.equal(await scheduler.find('etude-A_b-1'), 'etude-a-b-1');
  assert.equal(await kubernetes({}).scheduler.find('etude-a'), undefined);
  assert.equal(await scheduler.logs('a'), 'loss 0.1\n');
  await scheduler.cancel(['a', 'b']);
  assert.deepEqual(calls.at(-1)!.slice(0, 6), [
    ...['delete', 'jobs', 'a', 'b', '--ignore-not-found', '--cascade=foreground'],
  ]);
});

test('the cluster is the API server and the namespace', async () => {
  const config = {
    clusters: [{ name: 'kind', cluster: { server: 'https://127.0.0.1:6443' } }],
    contexts: [{ name: 'kind', context: { cluster: 'kind', user: 'me', namespace: 'mine' } }],
  };
  const answers = { 'config view --minify': { stdout: JSON.stringify(config) } };
  const { namespace: _, ...profile } = fullProfile;
  assert.equal(await kubernetes(answers, profile).scheduler.cluster(), 'https://127.0.0.1:6443 mine');
  const named = await kubernetes(answers).scheduler.cluster();
  assert.equal(named, `https://127.0.0.1:6443 ${fullProfile.namespace}`);
  const none = { 'config view': { code: 1, stderr: 'error: current-context must exist in order to minify' } };
  assert.equal(await kubernetes(none).scheduler.cluster(), undefined);
});
