import type { Profile } from '../profiles/profile.js';

/** What the executor `kubernetes` has in a profile in addition. */
export interface KubernetesProfile extends Profile {
  image: string;
  namespace?: string;
  context?: string;
  kubectl: readonly string[];
  service_account?: string;
  volumes?: readonly Volume[];
  env?: Readonly<Record<string, string | { secret: string; key: string }>>;
  gpu_resource: string;
  keep_jobs: string;
  hopeless_after: string;
  pod?: Readonly<Record<string, unknown>>;
}

/** A claim (PVC), and where pods see it. */
export interface Volume {
  claim: string;
  path: string;
  sub_path?: string;
  read_only?: boolean;
}

/** What a profile may give to a stage's jobs in addition. */
export interface KubernetesMore {
  image?: string;
  node_selector?: Readonly<Record<string, string>>;
  tolerations?: readonly Record<string, unknown>[];
  priority_class?: string;
}

/** The parts of Jobs and pods that are read. */
export interface Item {
  kind?: string;
  metadata?: { name?: string; deletionTimestamp?: string; labels?: Record<string, string> };
  spec?: { suspend?: boolean };
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    active?: number;
    succeeded?: number;
    failed?: number;
    conditions?: Condition[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

export interface Condition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
}

interface ContainerStatus {
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: object;
    terminated?: { exitCode?: number; reason?: string; message?: string };
  };
}
