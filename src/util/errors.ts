import { whatIsFull } from './disk-full.js';
import { EtudeError } from './etude-error.js';

export { EtudeError, type EtudeErrorOptions, formatWhere, type Where } from './etude-error.js';

const systemWords: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'not a folder',
  EISDIR: 'not a file but a folder',
  EDQUOT: 'disk full',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  EIO: 'disk I/O error',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'links that form a cycle',
  ENOTEMPTY: 'the folder is not empty',
  EEXIST: 'it already exists',
  EXDEV: 'it is on another file system',
  ETXTBSY: 'the file is in use',
  EBUSY: 'the file is in use',
};

/**
 * What the system refused to do with a file, in words: `clips/low: permission denied`; undefined for any
 * other error.
 */
export function systemMessage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ERR_INVALID_ARG_VALUE' && error.message.includes('null bytes'))
    return 'a name with a NUL character';
  const words = code === 'ENOSPC' ? whatIsFull(path) : code === undefined ? undefined : systemWords[code];
  if (words === undefined) return undefined;
  return path === undefined ? words : `${path}: ${words}`;
}

/** The message to show a person for anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof EtudeError) return error.describe();
  return systemMessage(error) ?? (error instanceof Error ? error.message : String(error));
}
