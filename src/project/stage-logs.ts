import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ifExists } from '../files/fs-errors.js';
import { readShort } from '../files/regular-file.js';
import { FILES } from '../pipeline/executors/task-file.js';
import type { RunEvent } from '../pipeline/run/events/run-events.js';
import type { RunRecord } from '../pipeline/run/run-records.js';
import { EtudeError } from '../util/errors.js';
import { suggest } from '../util/suggest.js';
import { findRun, namesRecipe } from './find-run.js';

/** What was printed and logged while a stage was computed. */
export interface StageLog {
  run: string;
  stage: string;
  /** One for each job of the stage, the oldest first; `job` is absent if it was computed on this machine. */
  parts: { job?: string; executor?: string; attempt?: number; text: string }[];
}

type JobEvent = Extract<RunEvent, { type: 'stage-job' }>;

/** What a project has, for finding logs. */
interface Source {
  runs(options: { recipe?: string }): Promise<RunRecord[]>;
  cacheFolder(recipe?: string): { dir: string };
  pathOf(path: string): string;
}

/**
 * The log of a stage: of a run, or of the last run of a recipe that computed the stage.
 *
 * @throws EtudeError if no run has computed it
 */
export async function stageLog(project: Source, name: string, stage: string): Promise<StageLog> {
  const file = project.pathOf(name);
  const recipe = namesRecipe(name, file) ? name : undefined;
  const { dir } = project.cacheFolder(recipe);
  const records = await project.runs({ recipe });
  const runs =
    recipe === undefined ? [findRun(name, records)] : records.filter((each) => each.recipe === resolve(file));
  const seen = new Set<string>();
  for (const { run } of runs) {
    const events = await eventsOf(join(dir, 'runs', run));
    const own = events.filter((event) => 'id' in event && event.id === stage);
    for (const event of events) if (event.type === 'stage-finished') seen.add(event.id);
    if (!own.some(({ type }) => type === 'stage-started')) continue;
    return { run, stage, parts: await partsOf(own, dir) };
  }
  throw new EtudeError(runs.length === 0 ? `no run of '${name}'` : `no run has computed stage '${stage}'`, {
    expected: seen.size === 0 ? undefined : `one of ${[...seen].join(', ')}`,
    hint: suggest(stage, [...seen]) && `Did you mean '${suggest(stage, [...seen])}'?`,
  });
}

async function partsOf(events: readonly RunEvent[], cacheDir: string): Promise<StageLog['parts']> {
  const jobs = events.filter((event): event is JobEvent => event.type === 'stage-job');
  const last = jobs.at(-1);
  // It comes from a file: only what is a folder of jobs is one.
  const folder = /^(jobs\/[0-9a-f]{64})\/\d+$/.exec(last?.folder ?? '')?.[1];
  if (last === undefined || folder === undefined) {
    const lines = events.flatMap((event) =>
      event.type === 'stage-log' ? [`${event.level === 'warning' ? '! ' : ''}${event.text}`] : [],
    );
    return [{ text: lines.map((line) => `${line}\n`).join('') }];
  }
  const names = (await ifExists(readdir(join(cacheDir, folder)))) ?? [];
  const numbers = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const parts = numbers
    .sort((a, b) => a - b)
    .map(async (attempt) => {
      const text = await ifExists(readShort(join(cacheDir, folder, String(attempt), FILES.log)));
      const job = jobs.findLast((event) => event.attempt === attempt && event.job !== undefined)?.job;
      return { ...(job && { job }), executor: last.executor, attempt, text: text?.toString('utf8') ?? '' };
    });
  return Promise.all(parts);
}

async function eventsOf(folder: string): Promise<RunEvent[]> {
  const text = (await ifExists(readShort(join(folder, 'events.ndjson'))))?.toString('utf8') ?? '';
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as RunEvent];
    } catch {
      // The run was killed while it wrote.
      return [];
    }
  });
}
