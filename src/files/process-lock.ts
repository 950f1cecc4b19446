export interface LockHolder {
  pid: number;
  host: string;
  runId: string;
  /** ISO 8601. */
  since: string;
}

export interface Lock {
  release(): Promise<void>;
}
