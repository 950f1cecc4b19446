import { writeFile } from 'node:fs/promises';
import type { ReportedRun } from '../../learning/report/section.js';
import { listRuns } from '../../pipeline/run/run-records.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { cachedArtifact } from '../artifact.js';
import { findRun, namesRecipe } from '../find-run.js';
import type { OpenedProject, OpenedRecipe } from '../project-types.js';
import { datasetRun } from './dataset-run.js';
import { runsOfRecipe } from './recipe-runs.js';
import { runsOfRecord } from './record-runs.js';

export interface ReportOptions {
  /** Heading of the report. Default: what it is about. */
  title?: string;
  /** How much of the file sounds may take: `8MB`, the default, or `none`. */
  audio?: string;
  /** A file to write it to, relative to the project's folder. Default: it is only returned. */
  output?: string;
}

/** A report of one or several runs. */
export interface Report {
  /** One file with everything in it: no scripts, styles, fonts or pictures from elsewhere. */
  html: string;
  /** What it is about: runs, or the combinations of a matrix. */
  runs: string[];
}

/** See `Project.report`. */
export async function reportOf(
  project: OpenedProject,
  named: readonly string[],
  open: (recipe: string) => Promise<OpenedRecipe>,
  { title, output, audio }: ReportOptions = {},
): Promise<Report> {
  if (named.length === 0) throw new EtudeError('nothing to report on', { expected: 'a recipe, or a run id' });
  const alone = await stageAlone(project, named, open);
  if (alone !== undefined) {
    const html = await stageReport(alone, { title, audio });
    if (output !== undefined) await writeFile(project.pathOf(output), html);
    return { html, runs: [`${alone.shown}:${alone.stage}`] };
  }
  const runs: ReportedRun[] = [];
  for (const name of named) {
    const found = await openRuns(project, name, open);
    if (!found.some(hasResult)) {
      throw new EtudeError(`'${name}' has no results in the cache`, {
        hint: `Compute them with: etude run ${namesRecipe(name, project.pathOf(name)) ? name : 'RECIPE'}`,
      });
    }
    runs.push(...found);
  }
  const names = distinct(runs.map((run) => run.name));
  const { makeReport } = await import('../../learning/report/make-report.js');
  const html = await makeReport(
    runs.map((run, i) => ({ ...run, name: names[i]! })),
    {
      audio,
      title:
        title ??
        (runs.length === 1 ? names[0]! : named.length === 1 ? runs[0]!.group : count(runs.length, 'run')),
    },
  );
  if (output !== undefined) await writeFile(project.pathOf(output), html);
  return { html, runs: names };
}

/** A stage of a recipe. */
interface StageAlone {
  recipe: OpenedRecipe;
  /** The recipe as the user named it. */
  shown: string;
  stage: string;
}

/** The stage that `recipe.yaml:stage`, or `recipe.yaml stage`, names. */
async function stageAlone(
  project: OpenedProject,
  named: readonly string[],
  open: (recipe: string) => Promise<OpenedRecipe>,
): Promise<StageAlone | undefined> {
  const [first, second, ...more] = named as [string, ...string[]];
  if (second === undefined) {
    const [, shown, stage] = /^(.+\.ya?ml):(.+)$/i.exec(first) ?? [];
    return shown === undefined ? undefined : { recipe: await open(shown), shown, stage: stage! };
  }
  const isRecipe = (name: string) => namesRecipe(name, project.pathOf(name));
  if (more.length > 0 || !isRecipe(first) || isRecipe(second)) return undefined;
  const recipe = await open(first);
  const isStage = recipe.pipeline.stages.some(({ id }) => id === second);
  return isStage ? { recipe, shown: first, stage: second } : undefined;
}

/** The file that a `report` stage made, or a report on a dataset. */
async function stageReport(
  { recipe, shown, stage }: StageAlone,
  options: Omit<ReportOptions, 'output'>,
): Promise<string> {
  const { artifact, objects, origin } = await cachedArtifact(recipe, stage);
  if (artifact.kind === 'dataset') {
    const { makeReport } = await import('../../learning/report/make-report.js');
    const run = await datasetRun(recipe, shown, { stage, artifact, origin });
    return makeReport([run], {
      title: options.title ?? `${recipe.pipeline.name} · ${stage}`,
      audio: options.audio,
    });
  }
  const ref = artifact.kind === 'report' ? artifact.files['report.html'] : undefined;
  if (origin.stage.uses !== 'report' || ref === undefined) {
    throw new EtudeError(`stage '${stage}' makes no report in HTML`, {
      expected: 'a stage of type report, or one that produces a dataset',
      got: origin.stage.uses,
    });
  }
  return new TextDecoder().decode(await objects.read(ref));
}

async function openRuns(
  project: OpenedProject,
  name: string,
  open: (recipe: string) => Promise<OpenedRecipe>,
): Promise<ReportedRun[]> {
  if (namesRecipe(name, project.pathOf(name))) return runsOfRecipe(await open(name), name);
  const cache = await project.openCache();
  return runsOfRecord(findRun(name, await listRuns(cache.dir)), cache);
}

function hasResult({ evaluations, models, datasets }: ReportedRun): boolean {
  return evaluations.length + models.length + datasets.length > 0;
}

/** Names, those that occur again with a number. */
function distinct(names: readonly string[]): string[] {
  const times = new Map<string, number>();
  return names.map((name) => {
    const before = times.get(name) ?? 0;
    times.set(name, before + 1);
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}
