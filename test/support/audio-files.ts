import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { removable } from './temp-folder.js';

/** Samples as a mono 16-bit WAV file. */
export function wavOf(samples: Int16Array, rate: number): Uint8Array {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + samples.length * 2, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, i) => {
    bytes.writeInt16LE(sample, 44 + i * 2);
  });
  return bytes;
}

/** A mono 16-bit WAV file of some samples that depend on `seed`. */
export function tinyWav(seed: number, samples = 40, rate = 8000): Uint8Array {
  return wavOf(
    Int16Array.from({ length: samples }, (_, i) => ((seed * 7919 + i * 131) % 60000) - 30000),
    rate,
  );
}

/** A folder of these files (by relative name), removed after the test. */
export function folderOf(context: TestContext, files: Record<string, string | Uint8Array>): string {
  const { dir: root, remove } = removable('data');
  context.after(remove);
  addFiles(root, files);
  return root;
}

/** Writes more files into a folder. */
export function addFiles(root: string, files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}
