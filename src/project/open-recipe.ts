import { SilentFailure } from '../cli/errors.js';
import type { DeviceChoice } from '../engine/onnxruntime/device.js';
import type { DiskCache } from '../pipeline/cache/open-cache.js';
import type { LoadOptions } from '../pipeline/recipe/load-pipeline.js';
import type { Pipeline, PipelineStage } from '../pipeline/recipe/pipeline.js';
import type { Problem } from '../pipeline/recipe/problem.js';
import type { Terms } from '../pipeline/remote/terms.js';
import { allowsColor } from '../terminal/colors.js';
import { foldIndented, foldMessage } from '../terminal/line.js';
import { writeLine, writePaintedLine } from '../terminal/output.js';
import { joinPainted } from '../terminal/terminal-text.js';
import { EtudeError } from '../util/errors.js';

export interface RecipeOptions extends LoadOptions {
  /** Use of results from elsewhere only what a trusted key has signed. */
  requireSigned?: boolean;
  cacheDir?: string;
  engine: string;
  device?: DeviceChoice;
}

/**
 * Loads a recipe; prints all that is wrong with it and fails if anything is. What is only to be known is printed then, too, and with
 * `warnings` in any case: a run tells it when the stage has its turn.
 */
export async function openRecipe(
  recipe: string,
  options: LoadOptions & { warnings?: boolean },
): Promise<Pipeline> {
  const { loadPipeline } = await import('../pipeline/recipe/load-pipeline.js');
  const loaded = await loadPipeline(recipe, { params: options.params, set: options.set });
  await printHubWarnings();
  if (options.warnings || 'problems' in loaded) loaded.warnings.forEach(warnOnStderr);
  if ('pipeline' in loaded) return loaded.pipeline;
  await printProblems(loaded.problems);
  throw new SilentFailure('the recipe has problems');
}

/** What was to be told of repositories of the Hub while a recipe was loaded: that the cache had to serve in its place, for instance. */
export async function printHubWarnings(): Promise<void> {
  const { takeHubWarnings } = await import('../hub/warnings.js');
  takeHubWarnings().forEach(warnOnStderr);
}

export async function printProblems(problems: readonly Problem[]): Promise<void> {
  const { formatProblem } = await import('../pipeline/recipe/format-problem.js');
  const color = allowsColor(process.stderr, process.env);
  const width = process.stderr.isTTY ? process.stderr.columns - 1 : undefined;
  const texts = await Promise.all(
    problems.map((problem) =>
      formatProblem(problem, { color, width, fold: width === undefined ? undefined : foldIndented }),
    ),
  );
  writePaintedLine(process.stderr, joinPainted(texts, '\n\n'));
  if (problems.length > 1) process.stderr.write(`\n${problems.length} problems\n`);
}

/** The cache of a recipe's project, on the terms that were asked for. */
export async function openCacheFor(
  pipeline: Pipeline,
  options: { cacheDir?: string; requireSigned?: boolean; locked?: Terms['locked'] },
  warn: (text: string) => void = warnOnStderr,
): Promise<DiskCache> {
  const { cacheDir } = await import('../pipeline/cache/cache-dir.js');
  const { openCache } = await import('../pipeline/cache/open-cache.js');
  const { refuseBy } = await import('../pipeline/remote/terms.js');
  const { requiredKeys } = await import('./required-keys.js');
  const { locked, cacheDir: flag } = options;
  const refuse = refuseBy({ locked, signers: await requiredKeys(options) });
  return openCache(cacheDir({ projectDir: pipeline.place.projectDir, flag }), { warn, refuse });
}

export function warnOnStderr(text: string): void {
  writeLine(process.stderr, foldMessage(`! ${text}`, process.stderr));
}

/** The stage of an id. Throws an EtudeError with a suggestion when there is none. */
export async function findStage(pipeline: Pipeline, id: string): Promise<PipelineStage> {
  const stage = pipeline.stages.find((each) => each.id === id);
  if (stage !== undefined) return stage;
  const variants = pipeline.stages.filter((each) => each.variantOf === id);
  if (variants.length > 0)
    throw new EtudeError(`stage '${id}' differs between the cells of the matrix`, {
      expected: `one of ${variants.map((each) => `'${each.id}'`).join(', ')}`,
      where: { file: pipeline.file },
    });
  const { suggest } = await import('../util/suggest.js');
  const ids = pipeline.stages.map((each) => each.id);
  const near = suggest(id, ids);
  throw new EtudeError(`the recipe has no stage '${id}'`, {
    expected: `one of ${ids.join(', ')}`,
    hint: near === undefined ? undefined : `Did you mean '${near}'?`,
    where: { file: pipeline.file },
  });
}
