import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { EtudeError } from '../src/util/errors.js';

/** A command with all processes that it starts, from start to exit. */
export interface Measured {
  seconds: number;
  /**
   * The most memory that all processes together had resident at one time, with shared pages counted for each.
   * MB.
   */
  peakMb: number;
}

/** How often memory is sampled. */
const LOOK_MS = 50;
const PAGE = 4096;
const TICKS_PER_SECOND = 100;

/** Runs a command and monitors the memory of its processes. Linux only, because it reads `/proc`. */
export async function measureTree(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Measured> {
  const began = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-2000);
  });
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(child.pid!));
  }, LOOK_MS);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(timer));
  if (code !== 0)
    throw new EtudeError(`${program} ${args.join(' ')} does not work`, {
      got: said.trim().split('\n').at(-1),
      hint: 'Build Etude (npm run build), and install bench/requirements.txt for the Python that --python names.',
    });
  return { seconds: (performance.now() - began) / 1000, peakMb: peak / 1e6 };
}

/** Bytes that a process and all its descendants have resident. */
export function residentBytes(root: number): number {
  return tree(root).reduce((sum, { resident }) => sum + resident, 0);
}

/** Processor time of a process and all its descendants, in seconds. */
export function cpuSeconds(root: number): number {
  return tree(root).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND;
}

/** A process and all its descendants. */
function tree(root: number): { resident: number; ticks: number }[] {
  const found = new Map<number, { parent: number; resident: number; ticks: number }>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // After the command in brackets: state, parent, and, 10 fields later, ticks in user and system mode.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const resident = PAGE * Number(readFileSync(`/proc/${name}/statm`, 'utf8').split(' ')[1]);
      const ticks = Number(fields[11]) + Number(fields[12]);
      found.set(Number(name), { parent: Number(fields[1]), resident, ticks });
    } catch {
      // It has ended.
    }
  }
  const isOurs = (id: number | undefined): boolean =>
    id !== undefined && (id === root || isOurs(found.get(id)?.parent));
  return [...found].flatMap(([id, process]) => (isOurs(id) ? [process] : []));
}
