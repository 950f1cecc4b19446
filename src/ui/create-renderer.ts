import type { Renderer } from '../pipeline/run/events/run-events.js';
import { type Environment, understandsEscapes } from '../terminal/colors.js';
import type { OutputStream } from '../terminal/output.js';
import { JsonRenderer } from './json-renderer.js';
import { PlainRenderer } from './plain-renderer.js';
import type { ProgressMode } from './progress-mode.js';
import { QuietRenderer } from './quiet-renderer.js';

export interface Streams {
  stdout: NodeJS.WriteStream | OutputStream;
  stderr: NodeJS.WriteStream | OutputStream;
  env: Environment;
}

/**
 * The renderer of a mode. `auto` and `tty` use the live terminal UI; `auto` only on a real terminal that is
 * not dumb and not in continuous integration, plain lines elsewhere. Without a terminal, `tty` is plain too:
 * there is nothing to draw on.
 */
export async function createRenderer(mode: ProgressMode, streams: Streams): Promise<Renderer> {
  const { stdout, stderr, env } = streams;
  switch (resolveMode(mode, streams)) {
    case 'json':
      return new JsonRenderer(stdout);
    case 'quiet':
      return new QuietRenderer(stderr, env);
    case 'plain':
      return new PlainRenderer(stdout, env);
    case 'tty': {
      const { TerminalRenderer } = await import('./terminal-renderer.js');
      return new TerminalRenderer(stdout as NodeJS.WriteStream, env);
    }
  }
}

/** What a mode means on these streams. */
export function resolveMode(
  mode: ProgressMode,
  { stdout, env }: Pick<Streams, 'stdout' | 'env'>,
): Exclude<ProgressMode, 'auto'> {
  if (mode === 'json' || mode === 'quiet' || mode === 'plain') return mode;
  if (stdout.isTTY !== true) return 'plain';
  if (mode === 'tty') return 'tty';
  return isCi(env) || !understandsEscapes(stdout, env) ? 'plain' : 'tty';
}

/** Continuous integration, according to `CI`; `CI=0` and `CI=false` say no. */
function isCi(env: Environment): boolean {
  return env.CI !== undefined && env.CI !== '' && env.CI !== '0' && env.CI !== 'false';
}
