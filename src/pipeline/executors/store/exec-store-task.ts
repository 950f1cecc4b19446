import { copyFile, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../../files/make-folder.js';
import type { ObjectRef } from '../../../stage/artifact.js';
import { eachFile, isInside } from '../../../stage/artifact-shape.js';
import { EtudeError } from '../../../util/errors.js';
import { type DiskCache, openCache } from '../../cache/open-cache.js';
import { fetchObjects } from '../../remote/fetch-result.js';
import { objectUpload, putBytes } from '../../remote/push.js';
import { withTimeout } from '../../remote/timeouts.js';
import { objectKey, type Remote } from '../../remote/types.js';
import type { StageOutput } from '../../run/stage-task.js';
import { type ExecOptions, execTask } from '../exec-task.js';
import { JobFolder } from '../job-folder.js';
import type { TaskResult } from '../task-file.js';
import { objectsIn } from './foreign-result.js';
import { localTask, objectsRead, type PortableTask } from './portable-task.js';
import { EVENT, jobKey, parseTaskKey, readText } from './store-keys.js';

/** `state.json`: files of the scratch folder, where a training keeps its state. */
interface SavedState {
  files: Record<string, ObjectRef>;
}

/**
 * Computes a task that is on a remote: fetches what it reads, computes it in a cache folder of this machine, puts
 * what it made on the remote, and its result last of all. The state of a training that is stopped is put there
 * before that.
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
  await restore(remote, cache, task.states, scratch);
  const attempt = await new JobFolder(workDir, fingerprint, stage.shard).begin();
  const local = await localTask(task.file, { cacheDir: workDir, scratch, files });
  await attempt.write('task', { ...task.file, fingerprint, task: local });
  await withTimeout((signal) => remote.prepare(signal), {});
  const ended = await execTask(attempt.path('task'), {
    ...options,
    onEvent: (line) => void process.stdout.write(EVENT + line),
  });
  const result = JSON.parse(await readFile(attempt.path('output'), 'utf8')) as TaskResult;
  if (ended === 'aborted') await save(remote, cache, scratch, jobKey(fingerprint, name, 'state.json'));
  await putObjects(remote, cache, objectsIn(result));
  await putBytes(
    remote,
    [[jobKey(fingerprint, name, 'output.json'), Buffer.from(JSON.stringify(result))]],
    {},
  );
  return ended;
}

/** Puts the files of the scratch folder on the remote. */
async function save(remote: Remote, cache: DiskCache, scratch: string, key: string): Promise<void> {
  const files: SavedState['files'] = {};
  for (const name of await readdir(scratch, { recursive: true })) {
    const path = join(scratch, name);
    if ((await stat(path)).isFile()) files[name] = await cache.objects.putFile(path);
  }
  const refs = Object.values(files);
  if (refs.length === 0) return;
  await putObjects(remote, cache, refs);
  await putBytes(remote, [[key, Buffer.from(JSON.stringify({ files }))]], {});
}

async function putObjects(remote: Remote, cache: DiskCache, refs: readonly ObjectRef[]): Promise<void> {
  await remote.putMany(new Map(refs.map((ref) => [objectKey(ref.digest), objectUpload(cache, ref)])));
}

/** Brings back the newest state that an earlier attempt has saved, if there is one. */
async function restore(
  remote: Remote,
  cache: DiskCache,
  states: readonly string[],
  scratch: string,
): Promise<void> {
  for (const key of states) {
    const state = (await readJson(remote, key)) as SavedState | undefined;
    if (state === undefined) continue;
    eachFile(state.files, 'files');
    await fetchObjects(remote, cache, Object.values(state.files));
    for (const [name, ref] of Object.entries(state.files)) await place(cache, ref, scratch, name);
    return;
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
