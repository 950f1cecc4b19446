import { copyFile, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../../files/make-folder.js';
import type { ObjectRef } from '../../../stage/artifact.js';
import { eachFile, isInside } from '../../../stage/artifact-shape.js';
import { EtudeError } from '../../../util/errors.js';
import { type DiskCache, openCache } from '../../cache/open-cache.js';
import { fetchObjects, RefusedError } from '../../remote/fetch-result.js';
import { objectUpload, putBytes } from '../../remote/push.js';
import { withTimeout } from '../../remote/timeouts.js';
import { objectKey, type Remote } from '../../remote/types.js';
import type { StageOutput } from '../../run/stage-task.js';
import { type ExecOptions, execTask, say } from '../exec-task.js';
import { JobFolder } from '../job-folder.js';
import type { TaskResult } from '../task-file.js';
import { objectsIn } from './foreign-result.js';
import { localTask, objectsRead, type PortableTask } from './portable-task.js';
import { type JobPlace, newestState, StateSaver } from './saved-state.js';
import { EVENT, JOB_NAME, jobKey, parseTaskKey, readText, stateObjectKey } from './store-keys.js';

/**
 * Computes a task that is on a remote: fetches what it reads, computes it in a cache folder of this machine,
 * puts what it made on the remote, and its result last of all. The states of a training are put there as it
 * saves them.
 *
 * @throws EtudeError if there is no such task, or the remote cannot be used
 */
export async function execStoreTask(
  remote: Remote,
  key: string,
  { workDir, ...options }: ExecOptions & { workDir: string },
): Promise<StageOutput['type']> {
  const parsed = parseTaskKey(key);
  const task = parsed && ((await readJson(remote, key)) as PortableTask | undefined);
  if (parsed === undefined || task?.format !== 1)
    throw new EtudeError('there is no such task', { where: { file: `${remote.name}/${key}` } });
  const { fingerprint, name } = parsed;
  const cache = await openCache(workDir);
  const scratch = await cache.scratch(fingerprint);
  const { task: stage } = task.file;
  const sources = Object.values(stage.sources).flat();
  await fetchObjects(remote, cache, [...objectsRead(task.file), ...sources]);
  const files = new Map<string, string>();
  for (const [i, { digest, name, size }] of sources.entries())
    files.set(digest, await place(cache, { digest, size }, join(workDir, 'sources', String(i)), name));
  const job = { fingerprint, name };
  const earlier = task.earlier.filter((each) => JOB_NAME.test(each));
  // The same job runs again if its node was lost and its scheduler puts it back into the queue.
  const own = await newestState(remote, job);
  await restore(
    remote,
    cache,
    [name, ...earlier].map((each) => ({ fingerprint, name: each })),
    scratch,
  );
  const attempt = await new JobFolder(workDir, fingerprint, stage.shard).begin();
  const local = await localTask(task.file, { cacheDir: workDir, scratch, files });
  await attempt.write('task', { ...task.file, fingerprint, task: local });
  await withTimeout((signal) => remote.prepare(signal), {});
  const saver = new StateSaver(remote, scratch, join(workDir, 'state'), job, own?.number ?? 0);
  await saver.skip();
  const stopSaving = saver.every(1000 * task.stateInterval, say);
  const ended = await execTask(attempt.path('task'), {
    ...options,
    onEvent: (line) => void process.stdout.write(EVENT + line),
  });
  const result = JSON.parse(await readFile(attempt.path('output'), 'utf8')) as TaskResult;
  await stopSaving();
  if (ended !== 'success') await saver.save();
  await putObjects(remote, cache, objectsIn(result));
  await putBytes(
    remote,
    [[jobKey(fingerprint, name, 'output.json'), Buffer.from(JSON.stringify(result))]],
    {},
  );
  return ended;
}

async function putObjects(remote: Remote, cache: DiskCache, refs: readonly ObjectRef[]): Promise<void> {
  await remote.putMany(new Map(refs.map((ref) => [objectKey(ref.digest), objectUpload(cache, ref)])));
}

/** Brings back the newest state that there is of some jobs, in their order. */
async function restore(
  remote: Remote,
  cache: DiskCache,
  jobs: readonly JobPlace[],
  scratch: string,
): Promise<void> {
  for (const job of jobs) {
    try {
      const newest = await newestState(remote, job);
      if (newest === undefined) continue;
      const { files } = newest.state;
      eachFile(files, 'files');
      const keyOf = (digest: string) => stateObjectKey(job.fingerprint, job.name, digest);
      await fetchObjects(remote, cache, Object.values(files), { keyOf });
      for (const [name, ref] of Object.entries(files)) await place(cache, ref, scratch, name);
      return;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      say(`a state that was saved cannot be used: ${error.message}`);
    }
  }
}

/** A copy of an object under a name in a folder; no link, as the state of a training is written to. */
async function place(cache: DiskCache, ref: ObjectRef, folder: string, name: string): Promise<string> {
  if (!isInside(name)) throw new EtudeError('a bad name of a file', { got: name });
  const path = join(folder, name);
  await makeFolder(dirname(path));
  await copyFile(await cache.objects.pathOf(ref), path);
  return path;
}

async function readJson(remote: Remote, key: string): Promise<unknown> {
  const text = await readText(remote, key);
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}
