import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, ifExists } from '../../files/fs-errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { UNFINISHED } from '../../stage/unfinished.js';
import { whatIsFull } from '../../util/disk-full.js';
import { EtudeError } from '../../util/errors.js';
import type { ModelWeights } from '../model/model.js';
import { formatSafetensors, parseSafetensors, type Safetensors } from '../model/safetensors.js';
import type { AdamW } from './optimizer.js';
import type { TrainingState } from './training-state.js';

/** The files of a state. */
export const WEIGHTS = 'model.safetensors';
export const MOMENTS = 'optimizer.safetensors';
export const STATE = 'trainer_state.json';
/** Of the file format. */
const VERSION = 1;

/**
 * Training states on disk, `checkpoint-<step>/` each with weights, moments and `trainer_state.json`. A state
 * is written to a temporary folder and renamed into place when complete; only the newest and the best are
 * kept; at the end, also the best before the last update.
 */
export class SavedTrainingStates {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Writes a state; one of the same step is replaced.
   *
   * @throws EtudeError if the disk is full; earlier states are kept.
   */
  async save(state: TrainingState, weights: ModelWeights, optimizer: AdamW): Promise<void> {
    const aside = join(this.#folder, `${UNFINISHED}${state.global_step}`);
    await rm(aside, { recursive: true, force: true });
    const { tensors, steps } = optimizer.state();
    const text = JSON.stringify({ version: VERSION, ...state, optimizer_steps: steps });
    try {
      await makeFolder(aside);
      await write(join(aside, WEIGHTS), formatSafetensors(weights));
      await write(join(aside, MOMENTS), formatSafetensors(tensors));
      await write(join(aside, STATE), [Buffer.from(text)]);
    } catch (error) {
      // A partial state is useless, and its space may be needed elsewhere.
      await rm(aside, { recursive: true, force: true }).catch(() => {});
      throw await this.#failure(error, state.global_step);
    }
    const place = this.#place(state.global_step);
    const replaced = join(this.#folder, `replaced-${state.global_step}`);
    // A folder cannot be renamed over another: the old one is moved aside, and `recover` restores it after a
    // crash in between.
    if ((await this.#steps()).includes(state.global_step)) await rename(place, replaced);
    await rename(aside, place);
    await rm(replaced, { recursive: true, force: true });
    await this.#prune(state);
  }

  /**
   * Restores the newest complete state: fills weights and optimiser, and returns the rest. `undefined` if
   * there is none; a damaged one is skipped in favour of an older one.
   */
  async restore(weights: ModelWeights, optimizer: AdamW): Promise<TrainingState | undefined> {
    await this.#recover();
    for (const step of (await this.#steps()).reverse()) {
      try {
        const { version, optimizer_steps, ...state } = JSON.parse(
          await readFile(join(this.#place(step), STATE), 'utf8'),
        );
        if (version !== VERSION) continue;
        const moments = await this.#open(step, MOMENTS);
        const saved = await this.#open(step, WEIGHTS);
        const read = Object.entries(weights).map(
          ([name, { integer }]) => [name, saved.read(name, integer)] as const,
        );
        optimizer.restore((name) => moments.read(name), optimizer_steps);
        for (const [name, weight] of read) weights[name]!.data.set(weight.data);
        return state as TrainingState;
      } catch (error) {
        if (!(error instanceof EtudeError || error instanceof SyntaxError || isMissing(error))) throw error;
      }
    }
    return undefined;
  }

  /** Fills the weights with those of that step. */
  async loadWeights(step: number, weights: ModelWeights): Promise<void> {
    const saved = await this.#open(step, WEIGHTS);
    for (const [name, { data, integer }] of Object.entries(weights)) data.set(saved.read(name, integer).data);
  }

  /** The failure, along with which states remain. */
  async #failure(error: unknown, step: number): Promise<unknown> {
    const code = codeOf(error);
    if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
    const newest = (await this.#steps()).at(-1);
    return new EtudeError(`${whatIsFull(this.#folder)} while saving the training state at step ${step}`, {
      where: { file: this.#folder },
      hint:
        newest === undefined
          ? 'Free some space and run again.'
          : `Free some space and run again: training resumes at step ${newest}.`,
      cause: error,
    });
  }

  #place(step: number): string {
    return join(this.#folder, `checkpoint-${step}`);
  }

  async #open(step: number, name: string): Promise<Safetensors> {
    const path = join(this.#place(step), name);
    return parseSafetensors(await readFile(path), path);
  }

  /** Steps that have a state, ascending. */
  async #steps(): Promise<number[]> {
    return (await this.#numbers('checkpoint')).sort((one, other) => one - other);
  }

  async #numbers(kind: string): Promise<number[]> {
    return (await this.#names()).flatMap((name) => {
      const [, found, step] = /^([a-z]+)-(\d+)$/.exec(name) ?? [];
      return found === kind ? [Number(step)] : [];
    });
  }

  async #names(): Promise<string[]> {
    return (await ifExists(readdir(this.#folder))) ?? [];
  }

  async #recover(): Promise<void> {
    const complete = await this.#steps();
    for (const step of await this.#numbers('replaced')) {
      const path = join(this.#folder, `replaced-${step}`);
      if (complete.includes(step)) await rm(path, { recursive: true, force: true });
      else await rename(path, this.#place(step));
    }
    for (const name of await this.#names())
      if (name.startsWith(UNFINISHED)) await rm(join(this.#folder, name), { recursive: true, force: true });
  }

  async #prune({ global_step, best_saved, last_update, next }: TrainingState): Promise<void> {
    const kept = [global_step, best_saved?.step];
    // A longer training may not have the evaluation that found a better one at the end.
    if (next !== 'update') kept.push(last_update?.best_saved?.step);
    for (const step of await this.#steps()) {
      if (kept.includes(step)) continue;
      await rm(this.#place(step), { recursive: true, force: true });
    }
  }
}

async function write(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}
