import { randomBytes } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileName } from '../../files/file-name.js';
import { makeFolder } from '../../files/make-folder.js';
import { readShort } from '../../files/regular-file.js';
import { toJson } from '../../terminal/terminal-text.js';
import { messageOf } from '../../util/errors.js';
import type { PinnedRepository } from '../cache/types.js';
import type { MatrixResult, RunEvent } from './events/run-events.js';
import type { MetricName } from './run-metrics.js';

/** What `etude runs` lists: one past run. */
export interface RunRecord {
  run: string;
  pipeline: string;
  recipe: string;
  /** ISO 8601. */
  started: string;
  /** `unfinished`: still running, or killed. */
  status: 'success' | 'failed' | 'cancelled' | 'unfinished';
  pid: number;
  seconds?: number;
  metrics?: Record<string, number>;
  /** The split and the metric that each of `metrics` is of. */
  metricNames?: Record<string, MetricName>;
  /** For a recipe with a matrix. */
  matrix?: MatrixResult;
  /** Fingerprints of the results, by stage, for comparing runs. */
  fingerprints?: Record<string, string>;
  /** Hub repositories that it read, and their commits, to which a later run can be pinned. */
  repositories?: (PinnedRepository & { stage: string })[];
}

/** A run's name: when it began, to the second, and four random characters. */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${randomBytes(2).toString('hex')}`;
}

/**
 * The folder of one run, `runs/<id>/`: `recipe.yaml` (resolved), `events.ndjson`, `record.json`, and a folder
 * per computed stage with its task and output. A record that cannot be written (a full disk) costs a warning,
 * never the run.
 */
export class RunFolder {
  readonly path: string;
  readonly #record: RunRecord;
  #events: WriteStream | undefined;
  #broken = false;
  readonly #warn: (text: string) => void;

  constructor(cacheDir: string, record: RunRecord, warn: (text: string) => void) {
    this.path = join(cacheDir, 'runs', record.run);
    this.#record = record;
    this.#warn = warn;
  }

  async open(recipeText: string): Promise<void> {
    await this.#try(async () => {
      await makeFolder(this.path);
      await writeFile(join(this.path, 'recipe.yaml'), recipeText);
      await this.#save();
      this.#events = createWriteStream(join(this.path, 'events.ndjson'));
      this.#events.on('error', (error) => this.#failed(error));
    });
  }

  /** Written at once, so that the record of a killed run covers all of it. */
  write(event: RunEvent): void {
    this.#events?.write(`${toJson(event)}\n`);
  }

  /** Records which repositories the run reads, as soon as that is known. */
  async pin(repositories: NonNullable<RunRecord['repositories']>): Promise<void> {
    if (repositories.length === 0) return;
    this.#record.repositories = repositories;
    if (!this.#broken) await this.#try(() => this.#save());
  }

  /** A folder for one stage of this run. */
  stage(id: string): string {
    return join(this.path, 'stages', fileName(id));
  }

  async close(
    { status, seconds, metrics, metricNames, matrix }: Extract<RunEvent, { type: 'run-finished' }>,
    fingerprints?: Record<string, string>,
  ): Promise<void> {
    Object.assign(this.#record, { status, seconds, metrics, metricNames, matrix, fingerprints });
    await this.#try(async () => {
      const events = this.#events;
      if (events !== undefined && !this.#broken)
        await new Promise<void>((resolve) => events.end(() => resolve()));
      await this.#save();
    });
  }

  async #save(): Promise<void> {
    const file = join(this.path, 'record.json');
    await writeFile(`${file}.part`, toJson(this.#record, 2));
    await rename(`${file}.part`, file);
  }

  async #try(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#events = undefined;
    this.#warn(`the record of this run cannot be written: ${messageOf(error)}`);
  }
}

/** Past runs, newest first; a folder without a readable record is left out. */
export async function listRuns(cacheDir: string): Promise<RunRecord[]> {
  const names = await readdir(join(cacheDir, 'runs')).catch(() => []);
  const records = await Promise.all(
    names.map((name) => readRecord(join(cacheDir, 'runs', name, 'record.json'))),
  );
  return records.filter((record) => record !== undefined).sort((a, b) => b.started.localeCompare(a.started));
}

async function readRecord(file: string): Promise<RunRecord | undefined> {
  try {
    return JSON.parse((await readShort(file)).toString('utf8')) as RunRecord;
  } catch {
    return undefined;
  }
}
