/**
 * Loads the bundle of the command line and of the built-in stages, along with V8's code cache from an earlier
 * run: compiling is a fifth of a run in which nothing changed. The cache is next to the bundle, where only
 * those who can change the bundle can write; if nobody can, there is none.
 */
import crypto = require('node:crypto');
import fs = require('node:fs');
import Module = require('node:module');
import path = require('node:path');
import vm = require('node:vm');

const SEAL_BYTES = 32;

/** A name from `scripts/bundle.mjs`: code compiled with a cache cannot import by itself. */
const PARAMETERS = 'exports, require, module, __filename, __dirname, __import';

/** What `scripts/bundle.mjs` puts at the end. */
const END = '//# etude ends here\n';

interface LoadOptions {
  /** What the process does. Each has a code cache of its own, with the functions that it calls. */
  role: string;
  /**
   * Whether to write the cache when this process ends, if there is none: it then contains the functions that
   * this process called.
   */
  keep: boolean;
}

/** Evaluates the bundle and returns its exports. */
function loadBundle(file: string, { role, keep }: LoadOptions): unknown {
  const bytes = fs.readFileSync(file);
  // ASCII, as the build makes sure: this is faster than UTF-8.
  const source = bytes.toString('latin1');
  const folder = path.join(path.dirname(file), 'code-cache');
  const cache = path.join(folder, `${role}-${process.version}-${process.platform}-${process.arch}.bin`);
  if (!source.endsWith(END)) return damaged(file, 'its end is missing');
  const script = compile(file, source, unseal(cache, bytes));
  // `undefined` if there was none to reject.
  if (keep && script.cachedDataRejected !== false)
    process.on('exit', () => write(folder, cache, seal(script.createCachedData(), bytes)));
  const bundle = { exports: {} };
  const evaluate = script.runInThisContext() as (...parameters: unknown[]) => void;
  const load = (specifier: string) => import(specifier);
  evaluate(bundle.exports, Module.createRequire(file), bundle, file, path.dirname(file), load);
  return bundle.exports;
}

function compile(file: string, source: string, cachedData: Buffer | undefined): vm.Script {
  try {
    return new vm.Script(`(function (${PARAMETERS}) {${source}\n})`, { filename: file, cachedData });
  } catch (error) {
    return damaged(file, (error as Error).message);
  }
}

/** Ends the process: nothing else of Etude can be loaded to say it better. */
function damaged(file: string, why: string): never {
  const lines = [
    `Etude cannot start: ${file} is damaged (${why})`,
    '  Install it again: npm install etude-audio; in a checkout: npm run build',
  ];
  fs.writeSync(2, `${lines.join('\n')}\n`);
  process.exit(1);
}

/** V8 itself checks only the length of the source, and trusts the cache's bytes. */
function digest(code: Uint8Array, source: Uint8Array): Buffer {
  return crypto.createHash('sha256').update(source).update(code).digest();
}

function seal(code: Buffer, source: Uint8Array): Buffer {
  return Buffer.concat([digest(code, source), code]);
}

function unseal(file: string, source: Uint8Array): Buffer | undefined {
  try {
    const bytes = fs.readFileSync(file);
    const code = bytes.subarray(SEAL_BYTES);
    return digest(code, source).equals(bytes.subarray(0, SEAL_BYTES)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** By rename, because others may be reading it. */
function write(folder: string, file: string, bytes: Buffer): void {
  const part = `${file}.${process.pid}.part`;
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(part, bytes);
    fs.renameSync(part, file);
  } catch {
    fs.rmSync(part, { force: true });
  }
}

export = { loadBundle };
