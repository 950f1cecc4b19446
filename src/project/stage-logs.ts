import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ifExists } from '../files/fs-errors.js';
import { readShort } from '../files/regular-file.js';
import { withoutEvents } from '../pipeline/executors/store/store-keys.js';
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
  parts: { job?: string; executor?: string; attempt?: number; shard?: number; text: string }[];
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
 * @param shard Of several jobs that divide the stage: the number of one. Default: all.
 * @throws EtudeError if no run has computed it, or there is no such shard
 */
export async function stageLog(
  project: Source,
  name: string,
  stage: string,
  { shard }: { shard?: number } = {},
): Promise<StageLog> {
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
    return { run, stage, parts: await partsOf(own, dir, shard) };
  }
  throw new EtudeError(runs.length === 0 ? `no run of '${name}'` : `no run has computed stage '${stage}'`, {
    expected: seen.size === 0 ? undefined : `one of ${[...seen].join(', ')}`,
    hint: suggest(stage, [...seen]) && `Did you mean '${suggest(stage, [...seen])}'?`,
  });
}

async function partsOf(
  events: readonly RunEvent[],
  cacheDir: string,
  shard: number | undefined,
): Promise<StageLog['parts']> {
  const jobs = events.filter((event): event is JobEvent => event.type === 'stage-job');
  // They come from a file: only what is a folder of jobs is one.
  const folders = jobs.flatMap(({ folder }) => {
    const [, dir, count] = /^(jobs\/[0-9a-f]{64})\/(?:\d+|shards-(\d{1,6}))$/.exec(folder) ?? [];
    return dir === undefined ? [] : [{ dir, shards: count }];
  });
  const last = jobs.at(-1);
  const divided = folders.findLast(({ shards }) => shards !== undefined);
  if (shard !== undefined && shard >= Number(divided?.shards ?? 0))
    throw new EtudeError(`there is no shard ${shard}`, {
      expected: divided === undefined ? 'a stage that was divided' : `0 to ${Number(divided.shards) - 1}`,
    });
  if (last === undefined || folders.length === 0) {
    const lines = events.flatMap((event) =>
      event.type === 'stage-log' ? [`${event.level === 'warning' ? '! ' : ''}${event.text}`] : [],
    );
    return [{ text: lines.map((line) => `${line}\n`).join('') }];
  }
  const { dir, shards } = divided ?? folders.at(-1)!;
  const all = Array.from({ length: Number(shards ?? 0) }, (_, index) => index);
  const wanted = shard === undefined ? [...all, undefined] : [shard];
  const parts: StageLog['parts'] = [];
  for (const each of wanted) {
    const folder = join(cacheDir, dir, each === undefined ? '' : `shards-${shards}/${each}`);
    parts.push(...(await attemptsIn(folder, last.executor, each)));
  }
  return parts;
}

/** The logs of all attempts in a folder of jobs. */
async function attemptsIn(folder: string, executor: string, shard?: number): Promise<StageLog['parts']> {
  const names = (await ifExists(readdir(folder))) ?? [];
  const numbers = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const parts = numbers
    .sort((a, b) => a - b)
    .map(async (attempt) => {
      const read = async (file: string) =>
        (await ifExists(readShort(join(folder, String(attempt), file))))?.toString('utf8');
      const job = jobIn(await read(FILES.job));
      const text = withoutEvents((await read(FILES.log)) ?? '');
      return { ...(job && { job }), executor, attempt, ...(shard !== undefined && { shard }), text };
    });
  return Promise.all(parts);
}

/** The id in the record of a job. */
function jobIn(text = ''): string | undefined {
  try {
    const { id } = JSON.parse(text) as { id?: unknown };
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
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
