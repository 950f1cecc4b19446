import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readShort } from '../../files/regular-file.js';
import { EtudeError, systemMessage } from '../../util/errors.js';
import { audioExtensions, isSound } from '../data/read/formats.js';
import { listFiles } from '../data/read/list-files.js';

/** A clip to classify: its name for the user, and its bytes when they are wanted. */
export interface AudioInput {
  file: string;
  read(): Promise<Uint8Array>;
}

/** Standard input, as a file's name. */
export const STDIN = '-';

/**
 * The clips that arguments name: files as they are, the audio files of folders (all below them, sorted by name, told by extension), and `-` for the
 * bytes of standard input. A path where nothing is fails when it is read, so that it does not keep others from their turn.
 *
 * @throws EtudeError for a folder without audio files.
 */
export async function audioInputs(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<AudioInput[]> {
  let piped: Promise<Uint8Array> | undefined;
  const inputs = await Promise.all(
    paths.map(async (path): Promise<AudioInput[]> => {
      if (path === STDIN) {
        return [
          {
            file: STDIN,
            read: () => {
              piped ??= readAll(stdin);
              return piped;
            },
          },
        ];
      }
      const stats = await stat(path).catch(() => undefined);
      return (stats?.isDirectory() ? await filesIn(path) : [path]).map((file) => ({
        file,
        read: () => readClip(file),
      }));
    }),
  );
  return inputs.flat();
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await listFiles(folder);
  // Those that are not decoded too, so that they are named and not passed over.
  const audio = names.filter(isSound);
  if (audio.length === 0)
    throw new EtudeError(`no audio files in '${folder}'`, {
      expected: `names that end in ${audioExtensions.join(', ')}`,
    });
  return audio.map((name) => join(folder, name));
}

async function readClip(file: string): Promise<Uint8Array> {
  try {
    return await readShort(file, Number.POSITIVE_INFINITY);
  } catch (cause) {
    throw new EtudeError(systemMessage(cause) ?? `${file}: ${(cause as Error).message}`, { cause });
  }
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
