import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EtudeError } from '../src/util/errors.js';

/** How long some work took, and anything else that the peer reports about it. */
export interface PeerAnswer {
  /** Milliseconds, measured by the peer itself. */
  ms: number;
  [key: string]: unknown;
}

/**
 * A Python program that is measured next to Etude: `bench/peers/<name>.py`, which answers each JSON line with
 * another.
 */
export interface Peer {
  /** What it reported when it was ready: versions and set-up. */
  readonly about: Record<string, unknown>;
  /** Requests one piece of work. One at a time. */
  request(work: object): Promise<PeerAnswer>;
  /** Ends the program. */
  close(): Promise<void>;
}

export interface PeerOptions {
  /** The interpreter that has the packages of `bench/requirements.txt`. */
  python: string;
  /** Sent to the program as its first line. */
  setup?: object;
  /** In addition to this process's environment. */
  env?: Record<string, string>;
}

/**
 * Starts a peer and waits until it is ready.
 *
 * @throws EtudeError if Python or one of its packages is missing, and for any other error that the peer
 * reports
 */
export async function startPeer(name: string, { python, setup, env }: PeerOptions): Promise<Peer> {
  const script = fileURLToPath(new URL(`./peers/${name}.py`, import.meta.url));
  return startProgram(name, [python, '-u', script], setup, { PYTHONDONTWRITEBYTECODE: '1', ...env });
}

/**
 * The same for a program of Node, `bench/<name>.ts`: Etude in a process of its own.
 *
 * @param env In addition to this process's environment.
 */
export async function startNode(name: string, setup: object, env: NodeJS.ProcessEnv = {}): Promise<Peer> {
  const script = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  return startProgram(name, [process.execPath, '--import', 'tsx', script], setup, env);
}

async function startProgram(
  name: string,
  [program, ...args]: [string, ...string[]],
  setup: object = {},
  env: NodeJS.ProcessEnv = {},
): Promise<Peer> {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  // A peer that has ended accepts no more input; the end of its output shows that it has ended.
  child.stdin.on('error', () => {});
  const spawnError = new Promise<never>((_, reject) => {
    child.once('error', (cause) => {
      reject(
        new EtudeError(`peer '${name}' cannot start with '${program}'`, {
          got: cause.message,
          hint: 'Name a Python with --python.',
          cause,
        }),
      );
    });
  });
  spawnError.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  const ask = async (message: object): Promise<Record<string, unknown>> => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const line = await Promise.race([lines.next(), spawnError]);
    if (line.done) throw new EtudeError(`peer '${name}' exited`, { got: lastLine(complaint) });
    const answer = JSON.parse(line.value) as Record<string, unknown>;
    if (typeof answer.error === 'string') {
      throw new EtudeError(`peer '${name}': ${answer.error}`, { hint: answer.hint as string | undefined });
    }
    return answer;
  };
  const close = async () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.stdin.end();
    const force = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(force);
  };

  try {
    const about = await ask(setup);
    return { about, request: async (work) => (await ask(work)) as PeerAnswer, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function lastLine(text: string): string | undefined {
  return text.trim().split('\n').at(-1) || undefined;
}
