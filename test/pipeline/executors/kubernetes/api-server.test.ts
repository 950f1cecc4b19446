import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { Kubernetes } from '../../../../src/pipeline/executors/kubernetes/kubernetes.js';
import { type Job, SchedulerUnavailable } from '../../../../src/pipeline/executors/scheduler.js';
import { startApiServer } from '../../../support/kube-api-server.js';
import { tempFolder } from '../../../support/temp-folder.js';
import { fullProfile, hostileJob } from './cases.js';

const server = await startApiServer();
const skip =
  server === undefined && 'needs KUBE_APISERVER, the path of a kube-apiserver, and etcd and kubectl';

test('a real API server takes the Jobs, and their states are read from it', { skip }, async () => {
  const { call, kubectl, stop } = server!;
  const script = join(tempFolder('kubernetes'), 'job.sh');
  writeFileSync(script, '#!/bin/bash\n');
  const { priority_class: _, ...more } = hostileJob.resources.more;
  const job: Job = { ...hostileJob, script, resources: { ...hostileJob.resources, more } };
  const scheduler = new Kubernetes({ ...fullProfile, kubectl }, '/cache');
  const state = async (id: string) => (await scheduler.status([id])).get(id);
  const patch = (kind: string, name: string, status: object) =>
    call('patch', kind, name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));
  try {
    const id = await scheduler.submit(job);
    assert.equal(await scheduler.submit(job), id);
    assert.equal(await scheduler.find(job.name), id);
    assert.equal(await scheduler.find('etude-other'), undefined);
    assert.deepEqual(await state(id), { state: 'queued' });
    // What the controllers of a cluster do.
    const made = JSON.parse(await call('get', 'job', id, '--output=json')) as {
      metadata: { uid: string };
      spec: { template: { metadata: object; spec: object } };
    };
    const { metadata, spec } = made.spec.template;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...metadata,
        name: 'pod',
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: id, uid: made.metadata.uid }],
      },
      spec,
    };
    const file = join(tempFolder('kubernetes'), 'pod.json');
    writeFileSync(file, JSON.stringify(pod));
    await call('create', '--filename', file);
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes are available: 1 Insufficient cpu.',
    };
    await patch('pod', 'pod', { conditions: [condition] });
    assert.match((await state(id))!.reason!, /^Unschedulable: .*Insufficient cpu/);
    const now = new Date().toISOString();
    await patch('pod', 'pod', { phase: 'Running', startTime: now });
    assert.deepEqual(await state(id), { state: 'running' });
    const terminated = { exitCode: 137, reason: 'OOMKilled', startedAt: now, finishedAt: now };
    const container = { name: 'etude', image: 'x', imageID: 'x', ready: false, restartCount: 0 };
    await patch('pod', 'pod', {
      phase: 'Failed',
      containerStatuses: [{ ...container, state: { terminated } }],
    });
    const ending = (type: string) => ({ type, status: 'True', reason: 'BackoffLimitExceeded' });
    await patch('job', id, { startTime: now, failed: 1, conditions: [ending('FailureTarget')] });
    await patch('job', id, {
      failed: 1,
      conditions: [ending('FailureTarget'), { ...ending('Failed'), lastTransitionTime: now }],
    });
    assert.equal((await state(id))!.state, 'out-of-memory');
    await scheduler.cancel([id, 'never-was']);
    const left = JSON.parse(await call('get', 'job', id, '--output=json')) as {
      metadata: { deletionTimestamp?: string };
    };
    assert.ok(left.metadata.deletionTimestamp !== undefined);
    await call('patch', 'job', id, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    assert.equal(await state(id), undefined);
    const volume = resolve('examples/clusters/volume.yaml');
    assert.match(await call('create', '--filename', volume), /persistentvolumeclaim\/etude created/);
    // Refusals are final, and in the server's words.
    const wrong = (pod: Record<string, unknown>) =>
      new Kubernetes({ ...fullProfile, kubectl, pod }, '/cache').submit({ ...job, name: 'etude-wrong' });
    await assert.rejects(wrong({ nope: 1 }), {
      message: /refused/,
      got: /unknown field "spec.template.spec.nope"/,
    });
    await assert.rejects(wrong({ dnsPolicy: 'Never' }), { message: /refused/, got: /dnsPolicy/ });
    await assert.rejects(
      new Kubernetes({ ...fullProfile, kubectl, namespace: 'nowhere' }, '/cache').submit(job),
      { hint: /get namespaces/ },
    );
  } finally {
    await stop();
  }
  await assert.rejects(state('any'), SchedulerUnavailable);
});
