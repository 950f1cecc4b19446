import { relative } from 'node:path';
import type { RunResult, StagesAsked } from '../../index.js';
import { foldMessage } from '../../terminal/line.js';
import { writeLine } from '../../terminal/output.js';
import { createRenderer } from '../../ui/create-renderer.js';
import type { ProgressMode } from '../../ui/progress-mode.js';
import { byteProgress } from '../byte-progress.js';
import { EXIT } from '../errors.js';
import { fetchedText } from '../fetched-text.js';
import { interruptChoice } from '../interrupt-choice.js';
import { listenForInterrupts } from '../interrupts.js';
import { openRecipe, projectOf, type RecipeOptions, refused } from '../open-recipe.js';
import { printJson } from '../print.js';
import { pushModels } from '../push-models.js';
import { warnOnStderr } from '../warn.js';
import { writeSummary } from '../write-summary.js';

export interface RunCommandOptions extends RecipeOptions, Omit<StagesAsked, 'stages'> {
  jobs?: number;
  keepGoing?: boolean;
  progress: ProgressMode;
  verify?: boolean;
  printRecipe?: boolean;
  json?: boolean;
  /** A file for a summary in Markdown. */
  summary?: string;
  /** A remote cache to search. */
  remote?: string;
  profile?: string;
  profiles?: string;
  onInterrupt?: 'leave' | 'cancel';
  /** Refuse to run if anything differs from the lock file. */
  locked?: boolean;
  /** `false` for `--no-lock`. */
  lock?: boolean;
}

/** `etude run RECIPE [STAGE…]` */
export async function run(
  file: string,
  stages: readonly string[],
  options: RunCommandOptions,
): Promise<void> {
  let warn: (text: string) => unknown = warnOnStderr;
  const project = projectOf(options, (text) => warn(text));
  const recipe = await openRecipe(file, options, { project });
  if (options.printRecipe) {
    process.stdout.write(await recipe.resolved());
    return;
  }
  // Warnings wait until there is something to show them with.
  const waiting: string[] = [];
  warn = (text) => waiting.push(text);
  const interrupts = listenForInterrupts();
  const fetching = byteProgress('fetching');
  const { jobs, keepGoing, force, verify, remote, until, from } = options;
  const { profile, profiles } = options;
  const onInterrupt = options.onInterrupt ?? interruptChoice(options.progress, interrupts.kill);
  const targets = { file: options.summary, step: process.env.GITHUB_STEP_SUMMARY || undefined };
  const summary = targets.file !== undefined || targets.step !== undefined;
  const asked = { stages, until, from };
  const lock = options.locked ? 'require' : options.lock === false ? 'ignore' : 'write';
  try {
    await recipe.checkPushes(asked);
    const task = await recipe
      .run({
        ...{ ...asked, force, jobs, keepGoing, verify, lock, remote, summary },
        ...{ profile, profiles, onInterrupt },
        signal: interrupts.signal,
        kill: interrupts.kill,
        onFetch: fetching.update,
      })
      .catch(refused)
      .finally(fetching.end);
    const renderer = await createRenderer(options.json ? 'quiet' : options.progress, process);
    warn = (text) => renderer.event({ at: 0, type: 'warning', text });
    try {
      waiting.splice(0).forEach(warn);
      for await (const event of task) {
        // It is the last event; what is noticed while the lock is written goes to the standard error output.
        if (event.type === 'run-finished') warn = (text) => waiting.push(text);
        renderer.event(event);
      }
    } finally {
      warn = warnOnStderr;
      await renderer.close();
    }
    const result = await task.result;
    const { status } = result.finished;
    process.exitCode = status === 'cancelled' ? interrupts.exitCode : EXIT[status];
    if (result.differences.length > 0) process.exitCode = EXIT.failed;
    if (result.summary !== undefined) await writeSummary(result.summary, targets, warnOnStderr);
    const isQuiet = options.json || options.progress === 'json' || options.progress === 'quiet';
    const pushed =
      status === 'success' && result.differences.length === 0
        ? await pushModels(recipe, asked, { interrupts, isQuiet })
        : [];
    if (options.json) printJson(pushed.length === 0 ? result.finished : { ...result.finished, pushed });
    printClosing(result, isQuiet);
  } catch (error) {
    if (!interrupts.signal.aborted) throw error;
    process.stderr.write('cancelled: nothing ran\n');
    process.exitCode = interrupts.exitCode;
  } finally {
    interrupts.dispose();
    waiting.splice(0).forEach(warnOnStderr);
  }
}

/** What remains to be said after a run's summary, about the lock file and the remote cache. */
function printClosing({ lock, differences, remote }: RunResult, quiet = false): void {
  const lines = [...differences];
  if (lock?.type === 'failed') lines.push(`! the lock file was not written: ${lock.problem}`);
  else if (lock !== undefined && lock.type !== 'kept' && !quiet)
    lines.push(
      `${relative('', lock.file)} ${lock.type}: this recipe's results, to commit to version control`,
    );
  if (remote !== undefined && remote.results > 0) lines.push(fetchedText(remote));
  for (const line of lines) writeLine(process.stderr, foldMessage(line, process.stderr));
  // A pending call on a network share that hangs would keep the process alive.
  if (remote?.failed) setTimeout(() => process.exit(), 1000).unref();
}
