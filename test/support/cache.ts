import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { artifactDigest } from '../../src/pipeline/cache/artifact-digest.js';
import type { Cache, Entry, FingerprintParts } from '../../src/pipeline/cache/types.js';
import type { ObjectRef } from '../../src/stage/artifact.js';
import { digestOfJson } from '../../src/util/canonical-json.js';
import { script } from './script.js';

export { tempFolder } from './temp-folder.js';

export function partsOf(
  params: FingerprintParts['params'],
  more: Partial<FingerprintParts> = {},
): FingerprintParts {
  return { format: 1, uses: 'load', params, sources: {}, inputs: {}, code: 'c0de', libraries: {}, ...more };
}

/** An entry whose artifact is a report with the given files. */
export function entryOf(
  parts: FingerprintParts,
  files: Record<string, ObjectRef> = {},
  more: Partial<Entry> = {},
): Entry {
  const artifact = { kind: 'report' as const, metrics: {}, files };
  return {
    fingerprint: digestOfJson(parts),
    parts,
    artifact,
    artifactDigest: artifactDigest(artifact),
    pipeline: 'p',
    stage: 's',
    seconds: 1,
    cost: 1,
    created: new Date().toISOString(),
    ...more,
  };
}

/** Stores an entry with one object made of `text`. */
export async function commitText(cache: Cache, text: string, more: Partial<Entry> = {}): Promise<Entry> {
  const ref = await cache.objects.put(Buffer.from(text));
  const entry = entryOf(partsOf({ text }), { 'file.txt': ref }, more);
  await cache.commit(entry);
  return entry;
}

export function objectFile(dir: string, { digest }: ObjectRef): string {
  return join(dir, 'objects', digest.slice(0, 2), digest.slice(2));
}

/** Flips a bit, keeping the size and the time stamps that can be kept. */
export function flipBit(path: string): void {
  const { atime, mtime } = statSync(path);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
  chmodSync(path, 0o444);
}

export function makeOld(path: string, hours: number): void {
  const then = new Date(Date.now() - hours * 3_600_000);
  utimesSync(path, then, then);
}

/** Runs a script of `test/` in a separate process: `pipeline/cache/children/take-lock.ts`. */
export function startChild(path: string, ...args: string[]) {
  const child = spawn(process.execPath, [...script(`../${path}`, import.meta.url), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const ended = new Promise<string>((resolve) => child.on('close', () => resolve(output)));
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => output.includes(text) && resolve();
      child.stdout.on('data', look);
      child.on('close', () =>
        output.includes(text) ? resolve() : reject(new Error(`ended without '${text}'`)),
      );
      look();
    });
  return { child, ended, said };
}
