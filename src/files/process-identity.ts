import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { sha256 } from '../util/sha256.js';

/** Identifies a process beyond its pid, which the system reuses. */
export interface ProcessIdentity {
  pid: number;
  host: string;
  /** What must be equal for pids to be comparable: host, boot, pid namespace. */
  machine: string;
  /** When the process started, in the system's own ticks; absent where there is no /proc. */
  started?: string;
}

let own: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    host: hostname(),
    machine: machineId(),
    started: processState(process.pid)?.started,
  };
  return own;
}

/** Whether a process still runs; `elsewhere` when that cannot be determined from here. */
export function stateOf(process_: ProcessIdentity): 'alive' | 'dead' | 'elsewhere' {
  if (process_.machine !== ownIdentity().machine) return 'elsewhere';
  if (ownIdentity().started !== undefined) {
    const state = processState(process_.pid);
    // A zombie has ended; its parent just has not reaped it yet.
    if (state === undefined || state.zombie) return 'dead';
    return process_.started === undefined || state.started === process_.started ? 'alive' : 'dead';
  }
  try {
    process.kill(process_.pid, 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'dead' : 'alive';
  }
}

function machineId(): string {
  const parts = [hostname()];
  try {
    parts.push(
      readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      readlinkSync('/proc/self/ns/pid'),
    );
  } catch {
    // No /proc: the host's name has to do.
  }
  return sha256(parts.join('\n')).slice(0, 16);
}

function processState(pid: number): { started: string; zombie: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses, and may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { started: fields[19] ?? '', zombie: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return undefined;
  }
}
