import { writeFile } from 'node:fs/promises';
import type { Receipt } from '../../index.js';
import { toJson } from '../../terminal/terminal-text.js';
import { createRenderer } from '../../ui/create-renderer.js';
import type { ProgressMode } from '../../ui/progress-mode.js';
import { divertOutput } from '../divert-output.js';
import { EXIT } from '../errors.js';
import { listenForInterrupts } from '../interrupts.js';
import { projectOf, type RecipeOptions, refused } from '../open-recipe.js';
import { outputWidth, printJson, printLines } from '../print.js';
import { receiptLines } from '../receipt-lines.js';

export interface ReproduceOptions extends RecipeOptions {
  jobs?: number;
  progress: ProgressMode;
  /** Where the receipt is written; `-` means standard output, instead of the lines for people. */
  json?: string;
  /** Bytes must be equal. */
  exact?: boolean;
}

/**
 * `etude reproduce RECIPE`: computes what the recipe's lock describes, outside the cache, and compares the
 * results. Exit code 0 if everything is equal or within tolerance, 1 if something differs or fails.
 */
export async function reproduce(file: string, options: ReproduceOptions): Promise<void> {
  const interrupts = listenForInterrupts();
  const { signal, kill } = interrupts;
  const { jobs } = options;
  try {
    const project = projectOf(options);
    const task = await divertOutput(() => project.reproduce(file, { jobs, signal, kill })).catch(refused);
    const renderer = await createRenderer(options.progress, process);
    try {
      for await (const event of task) renderer.event(event);
    } finally {
      await renderer.close();
    }
    const receipt = await task.result;
    if (receipt === undefined) {
      process.exitCode = interrupts.exitCode;
      return;
    }
    if (options.json === '-') printJson(receipt);
    else if (options.json !== undefined) await writeFile(options.json, `${toJson(receipt, 2)}\n`);
    if (options.json !== '-' && options.progress !== 'json') printLines(receiptLines(receipt, outputWidth()));
    process.exitCode = isReproduced(receipt, options) ? EXIT.success : EXIT.failed;
  } finally {
    interrupts.dispose();
  }
}

/** Whether a verdict is good enough. */
export function isReproduced(
  { verdict }: Pick<Receipt, 'verdict'>,
  { exact }: Pick<ReproduceOptions, 'exact'>,
): boolean {
  return verdict === 'byte-equal' || (verdict === 'within-tolerance' && !exact);
}
