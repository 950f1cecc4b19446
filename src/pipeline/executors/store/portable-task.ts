import { basename, join } from 'node:path';
import { type ObjectRef, objectsOf } from '../../../stage/artifact.js';
import { findBuiltIn, isBuiltIn } from '../../../stage/find-stage-type.js';
import { isOwn } from '../../../stage/shard.js';
import type { SourceFile } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import type { StageTask } from '../../run/stage-task.js';
import type { TaskFile } from '../task-file.js';
import { objectsInChunks } from './foreign-result.js';

/**
 * A task for a machine that sees nothing but a store: what it reads is in there, by digest, and no path of
 * the machine that made it means anything.
 */
export interface PortableTask {
  format: 1;
  file: TaskFile;
  /** The names of earlier attempts, the newest first: they may have saved states. */
  earlier: string[];
  /** At least so long between two states that are saved. Seconds. */
  stateInterval: number;
}

/**
 * A task without the paths of this machine.
 *
 * @throws EtudeError for a stage that reads more than its inputs and a checkpoint
 */
export function portable(
  file: TaskFile,
  { earlier, stateInterval }: Pick<PortableTask, 'earlier' | 'stateInterval'>,
): PortableTask {
  const { task } = file;
  if (!isBuiltIn(task.module) || Object.keys(task.modules ?? {}).length > 0)
    throw refusal(task, 'it runs modules of yours');
  if (Object.keys(task.inputs).length === 0) throw refusal(task, 'it reads files of this machine');
  // The names of clips in messages come from audio that would have to be sent.
  const { clips: _, ...rest } = task;
  const sources = Object.fromEntries(
    Object.entries(task.sources).map(([name, files]) => [
      name,
      files.map((each) => ({ ...each, path: '', origin: undefined })),
    ]),
  );
  const module = basename(task.module).replace(/\.[jt]s$/, '');
  const moved = { ...rest, sources, module, recipe: basename(task.recipe), cacheDir: '', scratch: '' };
  return { format: 1, file: { ...file, task: moved }, earlier, stateInterval };
}

/** The task on the machine that computes it. `files`: where the files of its sources are, by digest. */
export async function localTask(
  { task }: TaskFile,
  { cacheDir, scratch, files }: { cacheDir: string; scratch: string; files: ReadonlyMap<string, string> },
): Promise<StageTask> {
  const found = await findBuiltIn(task.module);
  if (found === undefined)
    throw new EtudeError('not a stage type of this Etude', {
      got: task.module,
      hint: 'Is the image of the same version?',
    });
  const sources = Object.entries(task.sources).map(([name, each]) => [
    name,
    each.map((file): SourceFile => ({ ...file, path: files.get(file.digest)! })),
  ]);
  return {
    ...task,
    module: found.module,
    sources: Object.fromEntries(sources) as StageTask['sources'],
    recipe: join(cacheDir, basename(task.recipe)),
    cacheDir,
    scratch,
  };
}

/** The objects that a task reads. */
export function objectsRead({ task, readsOwnChunks }: TaskFile): ObjectRef[] {
  const { inputs, kept = {}, chunks = {}, shard } = task;
  const refs = Object.values(inputs).flatMap((artifact) => {
    if (!readsOwnChunks || artifact.kind !== 'dataset') return objectsOf(artifact);
    return objectsOf({ ...artifact, chunks: artifact.chunks.filter((_, i) => isOwn(shard, i)) });
  });
  return [...refs, ...Object.values(kept), ...objectsInChunks(chunks)];
}

function refusal({ stage }: StageTask, why: string): EtudeError {
  return new EtudeError(`stage '${stage}' cannot be computed without this machine's files: ${why}`, {
    hint: 'Leave it out of `stages` in the profile: it is then computed here, and its result is sent.',
  });
}
