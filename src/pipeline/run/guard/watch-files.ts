import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Called for every file that this process reads or writes through Node's own functions. Paths are absolute.
 */
export interface FileListener {
  /**
   * Called before a file is opened for reading; what it throws is thrown to the reader. The function it
   * returns is called once everything is read.
   */
  reading(path: string): (() => void) | undefined;
  /** Called before a file is opened for writing. */
  writing(path: string): void;
}

// biome-ignore lint/suspicious/noExplicitAny: any function of Node's, handed on as it is
type Any = (...args: any[]) => any;
type Functions = Record<string, Any>;

let current: FileListener | undefined;

/**
 * Reports every later opening of a file in this thread to a listener, replacing the previous one, whatever
 * code opens it: modules that have already imported Node's functions call the watched ones, too.
 */
export function watchFiles(listener: FileListener): void {
  if (current === undefined)
    watch({ reading: (path) => current!.reading(path), writing: (path) => current!.writing(path) });
  current = listener;
}

/** Reports nothing until `watchFiles` is called again. */
export function unwatchFiles(): void {
  if (current !== undefined) current = { reading: () => undefined, writing: () => undefined };
}

function watch(listener: FileListener): void {
  const sync = fs as unknown as Functions;
  const promises = fs.promises as unknown as Functions;
  const begin = (path: unknown, flags?: unknown) => started(listener, path, flags);
  const ends = new Map<number, () => void>();
  const finish = (file: number) => {
    const end = ends.get(file);
    ends.delete(file);
    end?.();
  };

  wrap(sync, 'openSync', (open) => (path, flags, ...rest) => {
    const end = begin(path, flags);
    const file = open(path, flags, ...rest);
    if (end !== undefined) ends.set(file, end);
    return file;
  });
  wrap(sync, 'open', (open) => (path, ...rest) => {
    const callback = rest.pop() as Any;
    const end = orReport(callback, () => begin(path, rest[0]));
    if (end === REPORTED) return;
    return open(path, ...rest, (error: unknown, file: number) => {
      if (error === null && end !== undefined) ends.set(file, end);
      callback(error, file);
    });
  });
  wrap(sync, 'closeSync', (close) => (file) => {
    close(file);
    finish(file);
  });
  wrap(
    sync,
    'close',
    (close) =>
      (file, callback = () => undefined) =>
        close(file, (error: unknown) => {
          if (orReport(callback, () => finish(file)) !== REPORTED) callback(error);
        }),
  );
  wrap(promises, 'open', (open) => async (path, flags, ...rest) => {
    const end = begin(path, flags);
    const file = await open(path, flags, ...rest);
    if (end === undefined) return file;
    const close = file.close.bind(file);
    let ended = false;
    file.close = async () => {
      await close();
      if (!ended) end();
      ended = true;
    };
    return file;
  });
  for (const name of ['readFileSync', 'copyFileSync'])
    wrap(sync, name, (read) => (path, ...rest) => {
      const end = begin(path);
      if (name === 'copyFileSync') begin(rest[0], 'w');
      const result = read(path, ...rest);
      end?.();
      return result;
    });
  for (const name of ['readFile', 'copyFile']) {
    wrap(sync, name, (read) => (path, ...rest) => {
      const callback = rest.pop() as Any;
      const end = orReport(callback, () => {
        if (name === 'copyFile') begin(rest[0], 'w');
        return begin(path);
      });
      if (end === REPORTED) return;
      return read(path, ...rest, (...results: unknown[]) => {
        if (orReport(callback, () => end?.()) !== REPORTED) callback(...results);
      });
    });
    wrap(promises, name, (read) => async (path, ...rest) => {
      const end = begin(path);
      if (name === 'copyFile') begin(rest[0], 'w');
      const result = await read(path, ...rest);
      end?.();
      return result;
    });
  }
  for (const name of ['writeFile', 'appendFile'])
    for (const functions of [sync, promises])
      wrap(functions, name, (write) => (path, ...rest) => {
        begin(path, 'w');
        return write(path, ...rest);
      });
  for (const name of ['writeFileSync', 'appendFileSync'])
    wrap(sync, name, (write) => (path, ...rest) => {
      begin(path, 'w');
      return write(path, ...rest);
    });
  syncBuiltinESMExports();
}

const REPORTED = Symbol('reported');

/** A function with a callback passes its errors to that. */
function orReport<T>(callback: Any, work: () => T): T | typeof REPORTED {
  try {
    return work();
  } catch (error) {
    process.nextTick(callback, error);
    return REPORTED;
  }
}

function wrap(functions: Functions, name: string, make: (original: Any) => Any): void {
  const original = functions[name]!;
  // Keeps the function's properties, such as `util.promisify`'s symbol.
  functions[name] = Object.assign(make(original.bind(functions)), original);
}

function started(listener: FileListener, path: unknown, flags: unknown): (() => void) | undefined {
  const whole = pathOf(path);
  if (whole === undefined) return undefined;
  if (writes(flags)) listener.writing(whole);
  return reads(flags) ? listener.reading(whole) : undefined;
}

/** `undefined` for a file that is already open. */
function pathOf(path: unknown): string | undefined {
  if (typeof path === 'string') return resolve(path);
  if (Buffer.isBuffer(path)) return resolve(path.toString());
  return path instanceof URL && path.protocol === 'file:' ? fileURLToPath(path) : undefined;
}

function reads(flags: unknown): boolean {
  if (typeof flags === 'number') return (flags & 3) !== fs.constants.O_WRONLY;
  return typeof flags !== 'string' || flags.startsWith('r') || flags.includes('+');
}

function writes(flags: unknown): boolean {
  if (typeof flags === 'number') return (flags & 3) !== fs.constants.O_RDONLY;
  return typeof flags === 'string' && /[wa+]/.test(flags);
}
