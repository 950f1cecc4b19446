/**
 * Loaded into every process of a run (`NODE_OPTIONS=--import`): counts the operations on one file
 * (EDIT_FILE), and at two of those steps (EDIT_FROM, EDIT_TO) replaces its bytes and restores them, as
 * another program might. Whatever watches reads in these processes is layered above this, and sees no more of
 * it than of another program.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { EDIT_FILE, EDIT_OTHER, EDIT_LOG, EDIT_FROM, EDIT_TO, EDIT_BY } = process.env;
const raw = { ...fs };
const real = (path) => {
  try {
    return raw.realpathSync(path);
  } catch {
    return undefined;
  }
};
const target = real(EDIT_FILE);

/** One more step of any process: the log grows by a byte. */
function step() {
  const log = raw.openSync(EDIT_LOG, 'a');
  raw.writeSync(log, '.');
  const { size } = raw.fstatSync(log);
  raw.closeSync(log);
  if (size === Number(EDIT_FROM)) edit();
  if (size === Number(EDIT_TO)) putBack();
}

/** The size may be the same, and the times are restored, too. */
function edit() {
  const { atime, mtime } = raw.statSync(target);
  if (EDIT_BY === 'rename') {
    raw.renameSync(target, `${EDIT_LOG}.aside`);
    raw.copyFileSync(EDIT_OTHER, target);
  } else {
    raw.copyFileSync(target, `${EDIT_LOG}.aside`);
    overwrite(EDIT_OTHER);
  }
  raw.utimesSync(target, atime, mtime);
}

function putBack() {
  if (!raw.existsSync(`${EDIT_LOG}.aside`)) return;
  const { atime, mtime } = raw.statSync(`${EDIT_LOG}.aside`);
  if (EDIT_BY === 'rename') raw.renameSync(`${EDIT_LOG}.aside`, target);
  else {
    overwrite(`${EDIT_LOG}.aside`);
    raw.rmSync(`${EDIT_LOG}.aside`);
  }
  raw.utimesSync(target, atime, mtime);
}

function overwrite(from) {
  const file = raw.openSync(target, 'r+');
  const bytes = raw.readFileSync(from);
  raw.ftruncateSync(file, bytes.length);
  raw.writeSync(file, bytes, 0, bytes.length, 0);
  raw.closeSync(file);
}

const files = new Set();
const isTarget = (path) =>
  typeof path === 'number' ? files.has(path) : typeof path === 'string' && real(path) === target;

const wrap = (object, name, make) => {
  object[name] = Object.assign(make(object[name].bind(object)), object[name]);
};
/** A step before, and one after. */
const around = (object, name) =>
  wrap(object, name, (original) => (subject, ...rest) => {
    if (!isTarget(subject)) return original(subject, ...rest);
    step();
    const callback = rest.at(-1);
    if (typeof callback === 'function')
      rest[rest.length - 1] = (...results) => {
        step();
        callback(...results);
      };
    const result = original(subject, ...rest);
    if (result instanceof Promise) return result.finally(step);
    if (typeof callback !== 'function') step();
    return result;
  });

if (target !== undefined) {
  for (const name of ['readFileSync', 'readFile', 'copyFileSync', 'copyFile', 'readSync', 'read', 'statSync'])
    around(fs, name);
  for (const name of ['readFile', 'copyFile', 'stat']) around(fs.promises, name);
  wrap(fs, 'openSync', (open) => (path, ...rest) => {
    if (!isTarget(path)) return open(path, ...rest);
    step();
    const file = open(path, ...rest);
    files.add(file);
    step();
    return file;
  });
  wrap(fs, 'open', (open) => (path, ...rest) => {
    if (!isTarget(path)) return open(path, ...rest);
    step();
    const callback = rest.pop();
    return open(path, ...rest, (error, file) => {
      if (error === null) files.add(file);
      step();
      callback(error, file);
    });
  });
  for (const name of ['closeSync', 'close'])
    wrap(fs, name, (close) => (file, ...rest) => {
      if (files.delete(file)) step();
      return close(file, ...rest);
    });
  wrap(fs.promises, 'open', (open) => async (path, ...rest) => {
    if (!isTarget(path)) return open(path, ...rest);
    step();
    const file = await open(path, ...rest);
    for (const name of ['read', 'readFile', 'readv', 'close'])
      wrap(file, name, (original) => async (...rest) => {
        step();
        const result = await original(...rest);
        step();
        return result;
      });
    step();
    return file;
  });
  syncBuiltinESMExports();
}
