import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { stringify } from 'yaml';
import { fileName } from '../files/file-name.js';
import { readEvaluation, type SplitEvaluation } from '../learning/report/evaluation.js';
import { readTrainerState, series, type TrainerState } from '../learning/report/trainer-state.js';
import { planPipeline } from '../pipeline/plan/plan-stages.js';
import { toJson } from '../terminal/terminal-text.js';
import { EtudeError } from '../util/errors.js';
import type { ExportOptions } from './export-stage.js';
import { fillFolder } from './output-folder.js';
import type { OpenedRecipe } from './project-types.js';

/** A plot, as `dvc.yaml` describes it. */
interface Plot {
  x: string;
  /** Column, or file -> column. */
  y: string | Record<string, string>;
  template: string;
}

/** What is written: files in JSON, and what `dvc.yaml` says of them. */
interface Plots {
  files: Map<string, unknown>;
  /** By file or title. */
  plots: Map<string, Plot>;
  /** Stage -> split -> metric. */
  metrics: Record<string, Record<string, Record<string, number>>>;
}

/** See `Recipe.exportPlots`. */
export async function exportPlots(
  recipe: OpenedRecipe,
  folder: string,
  { force, signal }: ExportOptions,
): Promise<string[]> {
  const setting = await recipe.setting();
  const { objects } = setting.cache;
  const { stages } = await planPipeline(setting);
  const into: Plots = { files: new Map(), plots: new Map(), metrics: {} };
  for (const planned of stages) {
    signal?.throwIfAborted();
    if (planned.type !== 'hit') continue;
    const { artifact } = planned.entry;
    const stage = planned.stage.id;
    if (artifact.kind === 'model') {
      const state = await readTrainerState(artifact, objects);
      if (state !== undefined) addCurves(into, fileName(stage), state);
    } else if (artifact.kind === 'report') {
      if (Object.keys(artifact.metrics).length > 0) into.metrics[stage] = artifact.metrics;
      for (const evaluation of await readEvaluation({ stage, artifact }, objects))
        addConfusion(into, evaluation);
    }
  }
  const hasMetrics = Object.keys(into.metrics).length > 0;
  if (hasMetrics) into.files.set('metrics.json', into.metrics);
  if (into.files.size === 0)
    throw new EtudeError('the recipe has no evaluation and no training in the cache', {
      hint: `Compute them with: etude run ${relative('', recipe.file)}`,
    });
  const described = {
    ...(hasMetrics && { metrics: ['metrics.json'] }),
    plots: [...into.plots].map(([name, plot]) => ({ [name]: plot })),
  };
  const texts = new Map([...into.files].map(([name, value]) => [name, `${toJson(value, 2)}\n`]));
  texts.set('dvc.yaml', stringify(described));
  await fillFolder(recipe.project.pathOf(folder), { force }, async (part) => {
    for (const [name, text] of texts) {
      signal?.throwIfAborted();
      await mkdir(dirname(join(part, name)), { recursive: true });
      await writeFile(join(part, name), text);
    }
    return [...texts.keys()];
  });
  return [...texts.keys()];
}

/** A file per curve, since not every entry of the log has every value; and a plot per metric. */
function addCurves({ files, plots }: Plots, stage: string, state: TrainerState): void {
  const keys = new Set(state.log_history.flatMap((entry) => Object.keys(entry)));
  for (const key of keys) {
    if (key === 'step' || key === 'epoch') continue;
    const points = series(state, key);
    if (points.length === 0) continue;
    const [phase, metric] = key.startsWith('eval_') ? ['eval', key.slice('eval_'.length)] : ['train', key];
    const column = fileName(metric);
    const file = `${stage}/${phase}/${column}.json`;
    files.set(
      file,
      points.map(({ step, value }) => ({ step, [column]: value })),
    );
    const title = `${stage}/${column}`;
    const y = plots.get(title)?.y as Record<string, string> | undefined;
    plots.set(title, { x: 'step', y: { ...y, [file]: column }, template: 'linear' });
  }
}

/** A line per clip, as DVCLive logs a confusion matrix. */
function addConfusion({ files, plots }: Plots, { stage, split, labels, confusion }: SplitEvaluation): void {
  const file = `${fileName(stage)}/${fileName(split)}/confusion_matrix.json`;
  const clips = confusion.flatMap((row, actual) =>
    row.flatMap((number, predicted) =>
      Array.from({ length: number }, () => ({ actual: labels[actual], predicted: labels[predicted] })),
    ),
  );
  files.set(file, clips);
  plots.set(file, { x: 'actual', y: 'predicted', template: 'confusion' });
}
