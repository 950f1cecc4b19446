import type { KubernetesProfile } from '../../../../src/pipeline/executors/kubernetes/types.js';
import type { Job } from '../../../../src/pipeline/executors/scheduler.js';

/** A profile with every key. */
export const fullProfile: KubernetesProfile = {
  executor: 'kubernetes',
  max_jobs: 100,
  retries: 2,
  poll_interval: 5,
  grace: 60,
  state_interval: '10m',
  image: 'registry.example/etude:1',
  namespace: 'default',
  kubectl: ['kubectl'],
  service_account: 'trainer',
  volumes: [
    { claim: 'etude', path: '/cache' },
    { claim: 'data', path: '/data', sub_path: 'a', read_only: true },
  ],
  env: { GREETING: '$(HOME)', HF_TOKEN: { secret: 'hub', key: 'token' } },
  gpu_resource: 'nvidia.com/gpu',
  keep_jobs: '1d',
  hopeless_after: '10m',
  pod: { securityContext: { runAsUser: 1000 } },
};

/** A job of a stage with a name that is no label. */
export const hostileJob: Job = {
  name: 'etude-Model_x--3f2a91c0-1-9e4b21',
  command: ['etude', 'exec-task', '/cache/jobs/1/task.json'],
  script: '/cache/jobs/1/job.sh',
  cwd: '/project',
  log: '/cache/jobs/1/log.txt',
  resources: {
    cpus: 4,
    memory: 16e9,
    gpus: 1,
    time: 3600,
    more: {
      node_selector: { pool: 'gpu' },
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
      priority_class: 'low',
    },
  },
  about: { stage: '{{x}} "$(id)"\n--', fingerprint: 'f'.repeat(64) },
};
