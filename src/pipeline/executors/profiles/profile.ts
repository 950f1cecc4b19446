import type { Resources } from '../../recipe/resources.js';

/** Resources of a profile: the usual ones, and what only its executor knows. */
export type ProfileResources = Resources & Readonly<Record<string, unknown>>;

/** A profile as it is written, with defaults. See schemas/profiles.schema.json. */
export interface Profile {
  executor: string;
  cache_dir?: string;
  stages?: 'all' | readonly (string | { cores: 'all' })[];
  resources?: ProfileResources;
  stage_resources?: Readonly<Record<string, ProfileResources>>;
  max_jobs: number;
  retries: number;
  retry_memory_factor?: number;
  poll_interval: number;
  grace: number;
  setup?: string | readonly string[];
  etude?: readonly string[];
  /** The remote through which tasks and results go, if jobs do not see the cache folder. */
  store?: string;
  /** With a store: at least so long between two states of a training that are saved there. */
  state_interval: string;
  /** Of a module of the user's. */
  options?: Readonly<Record<string, unknown>>;
}

/** What the executor `command` has in addition. */
export interface CommandProfile extends Profile {
  name?: string;
  submit: readonly string[];
  job_id: string;
  status: readonly string[];
  status_line: string;
  states?: Readonly<Record<string, readonly string[]>>;
  unknown_job: string;
  cancel: readonly string[];
}

/** A profile, and where it was read. */
export interface OpenedProfile {
  name: string;
  /** Absolute path; relative paths of the profile are relative to it. */
  file: string;
  profile: Profile;
}
