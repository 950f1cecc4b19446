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

/** Of a process and all its descendants. */
function residentBytes(root: number): number {
  const parents = new Map<number, number>();
  const sizes = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      // After the command in brackets: state, parent.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      sizes.set(Number(name), PAGE * Number(readFileSync(`/proc/${name}/statm`, 'utf8').split(' ')[1]));
    } catch {
      // It has ended.
    }
  }
  const isOurs = (id: number | undefined): boolean =>
    id !== undefined && (id === root || isOurs(parents.get(id)));
  return [...sizes].reduce((sum, [id, size]) => sum + (isOurs(id) ? size : 0), 0);
}
