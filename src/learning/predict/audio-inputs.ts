import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readShort } from '../../files/regular-file.js';
import { byCodePoints } from '../../util/code-points.js';
import { EtudeError, systemMessage } from '../../util/errors.js';
import { audioExtensions, isSound } from '../data/read/formats.js';
import { listFiles } from '../data/read/list-files.js';

/** A clip to classify: its name for the user, and its bytes on demand. */
export interface AudioInput {
  file: string;
  read(): Promise<Uint8Array>;
}

type PathOf = (path: string) => string;

/**
 * The clips that arguments name: files as they are, and the audio files of folders (all below them, sorted by
 * name, recognised by extension). A path where nothing is fails when it is read, and so does a folder without
 * audio, so that they do not keep others from their turn.
 *
 * @param pathOf Where a path starts that is not absolute. Default: the working directory. Clips are called as
 *   they were named, wherever that is.
 */
export async function audioInputs(
  paths: readonly string[],
  pathOf: PathOf = (path) => path,
): Promise<AudioInput[]> {
  const inputs = await Promise.all(
    paths.map(async (path): Promise<AudioInput[]> => {
      const stats = await stat(pathOf(path)).catch(() => undefined);
      return stats?.isDirectory() ? await clipsIn(path, pathOf) : [clipOf(path, pathOf)];
    }),
  );
  return inputs.flat();
}

function clipOf(file: string, pathOf: PathOf): AudioInput {
  return { file, read: () => readClip(pathOf(file)) };
}

/** The clips below a folder, or one in its place that says why there are none. */
async function clipsIn(folder: string, pathOf: PathOf): Promise<AudioInput[]> {
  const lost: string[] = [];
  try {
    const names = [...(await listFiles(pathOf(folder), lost)), ...lost].sort(byCodePoints);
    // Those that are not decoded too, and links that lead nowhere, so that they are named and not skipped.
    const audio = names.filter(isSound);
    if (audio.length > 0) return audio.map((name) => clipOf(join(folder, name), pathOf));
  } catch (cause) {
    const why = new EtudeError(systemMessage(cause) ?? (cause as Error).message, { cause });
    return [{ file: folder, read: () => Promise.reject(why) }];
  }
  const none = new EtudeError('no audio files in this folder', {
    expected: `names that end in ${audioExtensions.join(', ')}`,
  });
  return [{ file: folder, read: () => Promise.reject(none) }];
}

async function readClip(file: string): Promise<Uint8Array> {
  try {
    return await readShort(file, Number.POSITIVE_INFINITY);
  } catch (cause) {
    throw new EtudeError(systemMessage(cause) ?? `${file}: ${(cause as Error).message}`, { cause });
  }
}
