import type { JobStatus } from '../scheduler.js';
import type { Condition, Item } from './types.js';

/** What is wrong with a pod that waits: it may pass, or it will not. */
export interface Trouble {
  reason: string;
  /** Whether it is worth waiting for as long as it takes: the cluster is full, or a quota is used up. */
  mayPass: boolean;
}

export interface Judged {
  status: JobStatus;
  trouble?: Trouble;
}

/** Reasons of a container that waits for what somebody has to correct. */
const BLOCKED =
  /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|RegistryUnavailable|ImageInspectError|CreateContainerConfigError|CreateContainerError|RunContainerError|CrashLoopBackOff)$/;

/** Reasons of a pod that was ended for another's sake, or with its node. */
const TAKEN =
  /^(Evicted|Preempting|Preempted|NodeLost|NodeAffinity|NodeShutdown|Shutdown|Terminated|UnexpectedAdmissionError|OutOf\w+)$/;

/** The state of a Job, from what the API server has about it and its pods (the newest last). */
export function judge(job: Item, pods: readonly Item[]): Judged {
  const { conditions = [] } = job.status ?? {};
  const holds = (type: string) => conditions.find((each) => each.type === type && each.status === 'True');
  const pod = pods.at(-1);
  if (holds('Complete') ?? holds('SuccessCriteriaMet'))
    return { status: { state: 'ended', reason: 'completed' } };
  const failed = holds('Failed') ?? holds('FailureTarget');
  if (failed !== undefined) return { status: failure(failed, pod) };
  if (pod === undefined) {
    const isSuspended = job.spec?.suspend === true || holds('Suspended') !== undefined;
    return { status: { state: 'queued', ...(isSuspended && { reason: 'suspended' }) } };
  }
  if (pod.status?.phase === 'Running') return { status: { state: 'running' } };
  // The Job's own condition follows.
  if (pod.status?.phase !== 'Pending') return { status: { state: 'running' } };
  const trouble = troubleOf(pod);
  return { status: { state: 'queued', reason: trouble?.reason ?? preparing(pod) }, trouble };
}

function failure({ reason, message }: Condition, pod: Item | undefined): JobStatus {
  const status = pod?.status ?? {};
  const ended = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]
    .map((each) => each.state?.terminated)
    .find((each) => each !== undefined && each.exitCode !== 0);
  const disrupted = status.conditions?.find(
    ({ type, status }) => type === 'DisruptionTarget' && status === 'True',
  );
  if (status.reason === 'DeadlineExceeded' || reason === 'DeadlineExceeded')
    return { state: 'time-limit', reason: said('DeadlineExceeded', status.message) };
  if (ended?.reason === 'OOMKilled') return { state: 'out-of-memory', reason: 'OOMKilled' };
  if (disrupted !== undefined) return { state: 'lost', reason: said(disrupted.reason, disrupted.message) };
  if (status.reason !== undefined && TAKEN.test(status.reason))
    return { state: 'lost', reason: said(status.reason, status.message) };
  if (reason === 'PodFailurePolicy') return { state: 'lost', reason: said(reason, message) };
  if (ended === undefined)
    return { state: 'ended', reason: said(status.reason ?? reason, status.message ?? message) };
  return { state: 'ended', reason: said(`${ended.reason} (exit code ${ended.exitCode})`, ended.message) };
}

function troubleOf({ status = {} }: Item): Trouble | undefined {
  for (const { state } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const { reason = '', message } = state?.waiting ?? {};
    if (BLOCKED.test(reason)) return { reason: said(reason, message), mayPass: false };
  }
  const place = status.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (place === undefined) return undefined;
  const { reason, message = '' } = place;
  // `Insufficient cpu`: some node lacks no more than free cores.
  return {
    reason: said(reason, message),
    mayPass: reason !== 'Unschedulable' || /Insufficient/.test(message),
  };
}

function preparing({ status = {} }: Item): string | undefined {
  const isPlaced = status.conditions?.some(
    ({ type, status }) => type === 'PodScheduled' && status === 'True',
  );
  return isPlaced ? 'the node is preparing the container' : undefined;
}

function said(reason = 'failed', message?: string): string {
  const text = message?.trim() ?? '';
  return text === '' ? reason : `${reason}: ${text}`;
}
