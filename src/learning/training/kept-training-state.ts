import { existsSync } from 'node:fs';
import { constants, copyFile, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ifExists, writeError } from '../../files/fs-errors.js';
import { makeFolder } from '../../files/make-folder.js';
import type { ObjectRef } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stores.js';
import { MOMENTS, STATE, WEIGHTS } from './saved-training-states.js';
import { atLastUpdate, type TrainingState } from './training-state.js';

/** Objects by name: `checkpoint-<step>/<file>`, as `SavedTrainingStates` lays them out. */
export type Kept = Readonly<Record<string, ObjectRef>>;

const FILES = [WEIGHTS, MOMENTS, STATE];

/**
 * Stores what a longer training continues from: the state right after the last update and, if the best model
 * is to be loaded at the end, the weights of the best one before.
 *
 * @param scratch Folder of the states of a training that has ended.
 * @returns `undefined` if no state was saved after its last update.
 */
export async function keepState(
  scratch: string,
  { global_step: step }: Pick<TrainingState, 'global_step'>,
  { load_best_model_at_end }: { load_best_model_at_end: boolean },
  objects: Objects,
): Promise<Kept | undefined> {
  const folder = placeOf(step);
  const saved = JSON.parse(await readFile(join(scratch, folder, STATE), 'utf8'));
  const { version, optimizer_steps, ...ended } = saved;
  const state = atLastUpdate(ended as TrainingState);
  if (state?.global_step !== step) return undefined;
  const text = JSON.stringify({ version, ...state, optimizer_steps });
  const kept: Record<string, ObjectRef> = {
    [`${folder}/${STATE}`]: await objects.put(Buffer.from(text)),
    [`${folder}/${MOMENTS}`]: await objects.putFile(join(scratch, folder, MOMENTS)),
    [`${folder}/${WEIGHTS}`]: await objects.putFile(join(scratch, folder, WEIGHTS)),
  };
  const best = load_best_model_at_end ? state.best_saved?.step : undefined;
  if (best !== undefined) {
    const name = `${placeOf(best)}/${WEIGHTS}`;
    kept[name] = await objects.putFile(join(scratch, name));
  }
  return kept;
}

/** The step of the state that was kept; `undefined` if none is complete. */
export function stepOf(kept: Kept): number | undefined {
  for (const name of Object.keys(kept)) {
    const [folder, file] = name.split('/');
    if (file !== STATE || !FILES.every((each) => Object.hasOwn(kept, `${folder}/${each}`))) continue;
    const step = /^checkpoint-(\d+)$/.exec(folder!)?.[1];
    if (step !== undefined) return Number(step);
  }
  return undefined;
}

/**
 * Puts what was kept where a training looks for its own states; nothing happens if it has a later one.
 *
 * @throws DamagedObjectError if something of it is missing or has the wrong bytes: then no state is added.
 */
export async function layOutKept(kept: Kept, scratch: string, objects: Objects): Promise<void> {
  const step = stepOf(kept);
  if (step === undefined || (await newestIn(scratch)) >= step) return;
  const names = Object.keys(kept).filter(
    (name) => /^checkpoint-\d+$/.test(name.split('/')[0]!) && rank(name) >= 0,
  );
  for (const name of names.sort((one, other) => rank(one) - rank(other))) {
    const from = await objects.pathOf(kept[name]!);
    const to = join(scratch, name);
    try {
      await makeFolder(dirname(to));
      await copyFile(from, `${to}.part`, constants.COPYFILE_FICLONE);
      await rename(`${to}.part`, to);
    } catch (error) {
      throw writeError(error, scratch);
    }
  }
}

/** The step of the newest complete state of a training, or 0. */
async function newestIn(scratch: string): Promise<number> {
  const names = (await ifExists(readdir(scratch))) ?? [];
  const steps = names.flatMap((name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? []);
  const complete = steps.filter((step) => existsSync(join(scratch, placeOf(Number(step)), STATE)));
  return Math.max(0, ...complete.map(Number));
}

/** `trainer_state.json` last: a state without it does not count. */
function rank(name: string): number {
  return FILES.indexOf(name.slice(name.indexOf('/') + 1));
}

function placeOf(step: number): string {
  return `checkpoint-${step}`;
}
