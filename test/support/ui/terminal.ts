import { setTimeout as delay } from 'node:timers/promises';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { script } from '../script.js';
import { END } from './end.js';

const driver = script('./play.ts', import.meta.url);

export interface PlayedScreen {
  /** Every row, the scrollback first. */
  rows: string[];
  /** Rows that are the continuation of the row above: a line that was too wide. */
  wrapped: string[];
  /** The same, counted after each piece of output. */
  wrappedEver: number;
  cursorHidden: boolean;
  exitCode: number;
  output: string;
}

export interface PlayOptions {
  script: string;
  columns: number;
  rows?: number;
  mode?: string;
  speed?: number;
  env?: Record<string, string>;
  /** Keeps the script from ending before `release` is called. */
  hold?: boolean;
  /** Called with all output so far, and a way to act on the terminal. */
  during?(output: string, act: Acts): void;
}

const FRAME_END = '\u001b[?2026l';

/** Marks where in the output the process was suspended. */
export const SUSPENDED = '<suspended>';

interface Acts {
  resize(columns: number, rows: number): Promise<void>;
  write(text: string): void;
  /** Suspends and, a while later, continues. */
  suspend(milliseconds: number): Promise<void>;
  release(): void;
}

/**
 * Plays an event script in a process on a real pseudo-terminal, and interprets what it writes as a terminal
 * would.
 */
export async function playInTerminal(options: PlayOptions): Promise<PlayedScreen> {
  const { columns, rows = 24, mode = 'auto', speed = 20, env = {}, hold } = options;
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 1000, allowProposedApi: true });
  // What was on the screen before must still be there afterwards.
  terminal.write('$ before\r\n');
  const clean = { ...process.env, ...env } as Record<string, string>;
  for (const name of ['CI', 'NO_COLOR', 'FORCE_COLOR', 'NODE_TEST_CONTEXT', 'NODE_ENV'])
    if (!(name in env)) delete clean[name];
  const child = spawn(
    process.execPath,
    [...driver, options.script, mode, String(speed), ...(hold ? ['hold'] : [])],
    {
      cols: columns,
      rows,
      name: env.TERM ?? 'xterm-256color',
      env: clean,
    },
  );
  let output = '';
  let wrappedEver = 0;
  let released = false;
  const act: Acts = {
    // Not while a frame is being written: nobody can fix what was drawn for the old size and read at the new
    // one.
    async resize(newColumns, newRows) {
      for (;;) {
        process.kill(child.pid, 'SIGSTOP');
        for (let seen = -1; seen !== output.length; await delay(150)) seen = output.length;
        if (output.endsWith(FRAME_END)) break;
        process.kill(child.pid, 'SIGCONT');
        await delay(5);
      }
      // What came is interpreted later, in the size that the terminal then has.
      await new Promise<void>((resolve) => terminal.write('', resolve));
      terminal.resize(newColumns, newRows);
      child.resize(newColumns, newRows);
      process.kill(child.pid, 'SIGCONT');
    },
    write: (text) => child.write(text),
    async suspend(milliseconds) {
      process.kill(child.pid, 'SIGTSTP');
      await delay(milliseconds);
      terminal.write('$ shell\r\n$ fg\r\n');
      output += SUSPENDED;
      process.kill(child.pid, 'SIGCONT');
    },
    release() {
      if (!released) process.kill(child.pid, 'SIGUSR2');
      released = true;
    },
  };
  child.onData((data) => {
    if (data.includes(END)) process.kill(child.pid, 'SIGHUP');
    const text = data.replace(END, '');
    output += text;
    terminal.write(text, () => {
      wrappedEver += screenOf(terminal).wrapped.length;
      options.during?.(output, act);
    });
  });
  const exitCode = await new Promise<number>((resolve) => child.onExit((exit) => resolve(exit.exitCode)));
  await new Promise<void>((resolve) => terminal.write('', resolve));
  const hidden = output.lastIndexOf('\u001b[?25l') > output.lastIndexOf('\u001b[?25h');
  return { ...screenOf(terminal), wrappedEver, cursorHidden: hidden, exitCode, output };
}

function screenOf(terminal: InstanceType<typeof xterm.Terminal>): { rows: string[]; wrapped: string[] } {
  const buffer = terminal.buffer.active;
  const rows: string[] = [];
  const wrapped: string[] = [];
  for (let y = 0; y < buffer.length; y++) {
    const line = buffer.getLine(y);
    if (line === undefined) continue;
    rows.push(line.translateToString(true));
    if (line.isWrapped) wrapped.push(rows.at(-1) ?? '');
  }
  while (rows.at(-1) === '') rows.pop();
  return { rows, wrapped };
}
