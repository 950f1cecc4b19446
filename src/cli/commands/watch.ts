import { type OnChange, RecipeError, type Watch, watchRecipe } from '../../index.js';
import { resolveMode } from '../../ui/create-renderer.js';
import { createWatchRenderer } from '../../ui/create-watch-renderer.js';
import type { ProgressMode } from '../../ui/progress-mode.js';
import { listenForInterrupts } from '../interrupts.js';
import { listenForKeys } from '../keyboard.js';
import type { RecipeOptions } from '../open-recipe.js';
import { formatProblems } from '../print-problems.js';

export interface WatchCommandOptions extends RecipeOptions {
  until?: string[];
  jobs?: number;
  keepGoing?: boolean;
  verify?: boolean;
  remote?: string;
  progress: ProgressMode;
  /** `false` for `--no-lock`. */
  lock?: boolean;
  onChange?: OnChange;
  /** Seconds; `true` for the default. */
  poll?: number | true;
}

const KEYS = {
  waiting: [
    { key: 'enter', does: 'run' },
    { key: 'p', does: 'plan' },
    { key: 'q', does: 'quit' },
  ],
  asking: [
    { key: 'r', does: 'restart' },
    { key: 'f', does: 'finish it first' },
  ],
};

/** `etude watch RECIPE [STAGE…]` */
export async function watch(
  file: string,
  stages: readonly string[],
  options: WatchCommandOptions,
): Promise<void> {
  const { cacheDir, engine, device, requireSigned, params, set, progress } = options;
  const { until, jobs, keepGoing, verify, remote, poll } = options;
  const { stdin, stdout, stderr, env } = process;
  const hasKeys = resolveMode(progress, { stdout, env }) === 'tty' && stdin.isTTY === true;
  const keys = hasKeys ? KEYS : { waiting: [], asking: [] };
  const asked = options.onChange ?? 'ask';
  const interrupts = listenForInterrupts();
  // Quits: a run saves its state and stops.
  const quit = new AbortController();
  interrupts.signal.addEventListener('abort', () => quit.abort(), { once: true });
  let release = () => {};
  try {
    const watched = watchRecipe(file, {
      ...{ cacheDir, engine, device, requireSigned, params, set },
      ...{ stages, until, jobs, keepGoing, verify, remote, poll },
      lock: options.lock === false ? 'ignore' : 'write',
      onChange: asked === 'ask' && !hasKeys ? 'finish' : asked,
      signal: quit.signal,
      kill: interrupts.kill,
    });
    const renderer = await createWatchRenderer(progress, { stdout, stderr, env, recipe: file, keys });
    if (hasKeys) release = listenForKeys(stdin, (key) => press(key.toLowerCase(), watched, quit));
    try {
      for await (const event of watched) {
        if (event.type === 'watch-refused') {
          renderer.event(event);
          renderer.problems(await formatProblems(new RecipeError(event.problems, event.warnings)));
        } else renderer.event(event);
      }
    } finally {
      await renderer.close();
    }
  } finally {
    release();
    if (interrupts.signal.aborted) process.exitCode = interrupts.exitCode;
    interrupts.dispose();
  }
}

function press(key: string, watched: Watch, quit: AbortController): void {
  if (key === '\n') watched.run();
  else if (key === 'p') watched.plan();
  else if (key === 'r') watched.restart();
  else if (key === 'f') watched.finish();
  else if (key === 'q') quit.abort();
}
