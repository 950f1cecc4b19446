import { secondsOf } from '../../recipe/resources.js';
import type { Job, JobResources } from '../scheduler.js';
import { dnsName, LABELS, labelValue } from './names.js';
import type { KubernetesMore, KubernetesProfile, Volume } from './types.js';

/** How long a pod that is stopped may take to save the state of its training. */
export const SAVING_SECONDS = 60;
const CONTAINER = 'etude';

/** Labels of all that Etude makes. */
export const OWN = { 'app.kubernetes.io/name': 'etude', 'app.kubernetes.io/managed-by': 'etude' };

export interface ManifestOptions {
  profile: KubernetesProfile;
  /** The value of the label for the cache folder. */
  cache: string;
  /** The container's command. */
  command: readonly string[];
}

/** The Job (batch/v1) for a job. Of texts that come from elsewhere, labels have letters and digits alone. */
export function jobManifest(job: Job, { profile, cache, command }: ManifestOptions): Record<string, unknown> {
  const { namespace, service_account, keep_jobs } = profile;
  const name = dnsName(job.name);
  const labels = {
    ...OWN,
    [LABELS.cache]: cache,
    [LABELS.job]: name,
    ...(job.about && {
      [LABELS.stage]: labelValue(job.about.stage),
      [LABELS.fingerprint]: labelValue(job.about.fingerprint),
    }),
  };
  const { container, ...pod } = podParts(job.resources, profile, command);
  const spec: Record<string, unknown> = {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: SAVING_SECONDS,
    ...(service_account === undefined && { automountServiceAccountToken: false }),
    ...pod,
    containers: [{ name: CONTAINER, ...container }],
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, ...(namespace !== undefined && { namespace }), labels },
    spec: {
      // Attempts are the run's, which first looks for a result.
      backoffLimit: 0,
      ttlSecondsAfterFinished: secondsOf(keep_jobs),
      // A pod that was preempted or evicted may be gone when it is asked for: the Job then says so.
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
      template: { metadata: { labels }, spec: { ...spec, ...profile.pod } },
    },
  };
}

/** A container that runs a command with what a job is given, and the parts of a pod's spec around it. */
export function podParts(
  resources: JobResources,
  profile: KubernetesProfile,
  command: readonly string[],
): { container: Record<string, unknown> } & Record<string, unknown> {
  const { image, node_selector, tolerations, priority_class } = resources.more as KubernetesMore;
  const { service_account, volumes = [] } = profile;
  const container = {
    image: image ?? profile.image,
    command: command.map(literal),
    ...containerEnv(profile),
    ...resourcesOf(resources, profile),
    ...(volumes.length > 0 && { volumeMounts: volumes.map(mountOf) }),
    securityContext: { allowPrivilegeEscalation: false },
    // The end of its log, if it fails, is part of the pod's status.
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
  return {
    container,
    ...(service_account !== undefined && { serviceAccountName: service_account }),
    ...(node_selector && { nodeSelector: node_selector }),
    ...(tolerations && { tolerations }),
    ...(priority_class !== undefined && { priorityClassName: priority_class }),
    // Of the pod and not of the Job, so that the time in the queue does not count.
    ...(resources.time !== undefined && { activeDeadlineSeconds: resources.time }),
    ...(volumes.length > 0 && {
      volumes: volumes.map(({ claim }, i) => ({
        name: `volume-${i}`,
        persistentVolumeClaim: { claimName: claim },
      })),
    }),
  };
}

/** Kubernetes replaces `$(NAME)` in commands. */
function literal(word: string): string {
  return word.replaceAll('$', '$$$$');
}

function mountOf({ path, sub_path, read_only }: Volume, i: number): Record<string, unknown> {
  return {
    name: `volume-${i}`,
    mountPath: path,
    ...(sub_path !== undefined && { subPath: sub_path }),
    ...(read_only && { readOnly: true }),
  };
}

/** Values as they are, or references to secrets, which only the cluster can read. */
function containerEnv({ env = {} }: KubernetesProfile): { env?: unknown[] } {
  const list = Object.entries(env).map(([name, value]) =>
    typeof value === 'string'
      ? { name, value: literal(value) }
      : { name, valueFrom: { secretKeyRef: { name: value.secret, key: value.key } } },
  );
  return list.length === 0 ? {} : { env: list };
}

/** Limits are what is asked for: such pods are evicted last, and do not disturb others on their node. */
function resourcesOf(
  { cpus, memory, gpus = 0 }: JobResources,
  { gpu_resource }: KubernetesProfile,
): { resources?: object } {
  const asked = {
    ...(cpus !== undefined && { cpu: String(cpus) }),
    ...(memory !== undefined && { memory: String(Math.ceil(memory)) }),
    ...(gpus > 0 && { [gpu_resource]: String(gpus) }),
  };
  return Object.keys(asked).length === 0 ? {} : { resources: { requests: asked, limits: asked } };
}
