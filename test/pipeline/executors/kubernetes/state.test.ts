import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../../../src/pipeline/executors/kubernetes/state.js';
import type { Item } from '../../../../src/pipeline/executors/kubernetes/types.js';

const failed = (reason = 'BackoffLimitExceeded', message = ''): Item => ({
  status: { conditions: [{ type: 'Failed', status: 'True', reason, message }] },
});
const terminated = (reason: string, exitCode: number, message = ''): Item => ({
  status: { phase: 'Failed', containerStatuses: [{ state: { terminated: { reason, exitCode, message } } }] },
});
const waiting = (reason: string, message?: string): Item => ({
  status: { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason, message } } }] },
});
const unplaced = (message: string, reason = 'Unschedulable'): Item => ({
  status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason, message }] },
});

test('how a Job ended is read from it and its pod', () => {
  const cases: [Item, Item | undefined, string, RegExp][] = [
    [{ status: { conditions: [{ type: 'Complete', status: 'True' }] } }, undefined, 'ended', /completed/],
    [
      failed(),
      terminated('Error', 1, 'the disk is full\n'),
      'ended',
      /^Error \(exit code 1\): the disk is full$/,
    ],
    [failed(), terminated('OOMKilled', 137), 'out-of-memory', /OOMKilled/],
    [failed('DeadlineExceeded'), undefined, 'time-limit', /Deadline/],
    [failed(), { status: { phase: 'Failed', reason: 'DeadlineExceeded' } }, 'time-limit', /Deadline/],
    [
      failed(),
      { status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } },
      'lost',
      /low on/,
    ],
    [
      failed('PodFailurePolicy', 'Pod a has condition DisruptionTarget'),
      undefined,
      'lost',
      /DisruptionTarget/,
    ],
    [failed(), undefined, 'ended', /BackoffLimitExceeded/],
  ];
  for (const [job, pod, state, reason] of cases) {
    const { status } = judge(job, pod ? [pod] : []);
    assert.equal(status.state, state);
    assert.match(status.reason ?? '', reason);
  }
  const preempted: Item = {
    status: {
      phase: 'Failed',
      containerStatuses: terminated('Error', 143).status!.containerStatuses,
      conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }],
    },
  };
  assert.deepEqual(judge(failed(), [preempted]).status, { state: 'lost', reason: 'PreemptionByScheduler' });
});

test('what a pod waits for is shown, and only a full cluster is waited for without an end', () => {
  const cases: [Item, RegExp, boolean | undefined][] = [
    [waiting('ImagePullBackOff', 'Back-off pulling image "nope"'), /ImagePullBackOff: Back-off/, false],
    [waiting('CreateContainerConfigError', 'secret "hub" not found'), /secret "hub"/, false],
    [waiting('ContainerCreating'), /^$/, undefined],
    [unplaced('0/3 nodes are available: 3 Insufficient nvidia.com/gpu.'), /Insufficient/, true],
    [
      unplaced("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."),
      /affinity/,
      false,
    ],
    [unplaced('persistentvolumeclaim "etude" not found'), /"etude" not found/, false],
    [unplaced('waits for a quota', 'SchedulingGated'), /quota/, true],
  ];
  for (const [pod, reason, mayPass] of cases) {
    const { status, trouble } = judge({ status: { active: 1 } }, [pod]);
    assert.equal(status.state, 'queued');
    assert.match(status.reason ?? '', reason);
    assert.equal(trouble?.mayPass, mayPass);
  }
  assert.deepEqual(judge({ status: {} }, [{ status: { phase: 'Running' } }]).status, { state: 'running' });
  assert.deepEqual(judge({ spec: { suspend: true } }, []).status, { state: 'queued', reason: 'suspended' });
});
