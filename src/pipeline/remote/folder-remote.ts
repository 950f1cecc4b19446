import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf, ifExists } from '../../files/fs-errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { readShort } from '../../files/regular-file.js';
import { EtudeError, systemMessage } from '../../util/errors.js';
import { MARKER, noRemote } from './marker.js';
import { putEach } from './put-each.js';
import { type PutOptions, type Remote, type RemoteFile, staysAsItIs, type Upload } from './types.js';

const PIECE = 1 << 20;

const DAY = 24 * 3_600_000;

/**
 * A folder that several machines see: a network share, a mounted disk. Files are written under a temporary
 * name and appear by a link, which never replaces another file.
 */
export class FolderRemote implements Remote {
  readonly name: string;
  readonly #dir: string;
  #opened: Promise<void> | undefined;

  constructor(dir: string, name = dir) {
    this.#dir = dir;
    this.name = name;
  }

  /** Turns an empty or new folder into a remote, and removes what interrupted uploads left long ago. */
  async prepare(signal: AbortSignal): Promise<void> {
    await this.#guard(async () => {
      await touch(this.#path(MARKER.key), signal);
      const names = await ifExists(readdir(this.#dir));
      if (names === undefined)
        await mkdir(this.#dir).catch((error: unknown) => {
          // Another push was quicker.
          if (codeOf(error) !== 'EEXIST') throw error;
        });
      signal.throwIfAborted();
      if (names === undefined || names.length === 0) {
        await writeFile(this.#path(MARKER.key), MARKER.text, { flag: 'wx' }).catch((error: unknown) => {
          if (codeOf(error) !== 'EEXIST') throw error;
        });
      }
      await this.#open(signal);
      const temp = join(this.#dir, 'tmp');
      await makeFolder(temp);
      for (const name of await readdir(temp)) {
        const stats = await ifExists(stat(join(temp, name)));
        if (stats !== undefined && Date.now() - stats.mtimeMs > DAY)
          await rm(join(temp, name), { force: true });
      }
    });
  }

  async get(key: string, signal: AbortSignal): Promise<RemoteFile | undefined> {
    return this.#guard(async () => {
      await this.#open(signal);
      signal.throwIfAborted();
      // A pipe would make its reader wait forever, a link leads elsewhere.
      const stats = await ifExists(lstat(this.#path(key)));
      if (!stats?.isFile()) return undefined;
      const file = await ifExists(
        open(this.#path(key), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)),
      );
      if (file === undefined) return undefined;
      return { size: stats.size, pieces: this.#read(file, signal) };
    });
  }

  putMany(uploads: ReadonlyMap<string, Upload>, options: PutOptions = {}): Promise<number> {
    return putEach(this, uploads, options);
  }

  /** Stores under a free key; `present` if it is not free, and then nothing changes. */
  async put(key: string, upload: Upload, signal: AbortSignal): Promise<'stored' | 'present'> {
    return this.#guard(async () => {
      await this.#open(signal);
      signal.throwIfAborted();
      const target = this.#path(key);
      const there = await ifExists(lstat(target));
      if (there?.isFile() && there.size === upload.size) return 'present';
      const temp = join(this.#dir, 'tmp', `${hostname()}-${process.pid}-${randomBytes(6).toString('hex')}`);
      try {
        const file = await open(temp, 'wx', 0o444);
        try {
          for await (const piece of upload.pieces()) {
            signal.throwIfAborted();
            await file.writeFile(piece);
          }
          await file.sync();
        } finally {
          await file.close();
        }
        await makeFolder(dirname(target));
        return await appear(temp, target, key);
      } finally {
        await rm(temp, { force: true });
      }
    });
  }

  /** Throws if the folder does not exist, or has other contents. */
  async #open(signal: AbortSignal): Promise<void> {
    this.#opened ??= (async () => {
      await touch(this.#path(MARKER.key), signal);
      const format = await ifExists(readShort(this.#path(MARKER.key)));
      if (format?.toString('utf8') === MARKER.text) return;
      const isThere = (await ifExists(stat(this.#dir))) !== undefined;
      throw noRemote(isThere, { file: this.#dir });
    })();
    return this.#opened;
  }

  async *#read(file: FileHandle, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        signal.throwIfAborted();
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE), 0, PIECE, null);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  #path(key: string): string {
    return join(this.#dir, key);
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof EtudeError) throw error;
      const words = systemMessage(error);
      if (words === undefined) throw error;
      throw new EtudeError(`the remote cache cannot be used: ${words}`, {
        where: { file: this.name },
        cause: error,
      });
    }
  }
}

/**
 * Puts a finished file in place, unless another is there. One of the wrong size was damaged, and is replaced.
 */
async function appear(temp: string, target: string, key: string): Promise<'stored' | 'present'> {
  try {
    await link(temp, target);
    return 'stored';
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      const [there, ours] = [await ifExists(lstat(target)), await stat(temp)];
      if (there !== undefined && staysAsItIs(key, there.size, ours.size)) return 'present';
    } else if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error) ?? ''))
      throw error;
    else if ((await ifExists(lstat(target))) !== undefined) return 'present';
    await rename(temp, target);
    return 'stored';
  }
}

/**
 * Resolves once a file can be read, or cannot: either way, the folder responds. A separate process tries
 * that, because a dead network share blocks any thread that touches it, and a process with such a thread
 * cannot end.
 */
function touch(path: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const code = "try { require('node:fs').readFileSync(process.argv[1]) } catch {}";
    const child = spawn(process.execPath, ['-e', code, path], { stdio: 'ignore' });
    const stop = () => {
      child.kill('SIGKILL');
      child.unref();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', reject);
    child.once('exit', () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}
