import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ustarHeader } from '../../src/pipeline/bundle/ustar.js';
import { tempFolder } from './temp-folder.js';

export interface Piece {
  name: string;
  bytes: Buffer;
  /** What the manifest claims, if that is not true. */
  claim?: { name?: string; size?: number; sha256?: string };
  /** Changes the header; its checksum is corrected afterwards. */
  header?(header: Buffer): void;
}

export function text(name: string, content: string, more: Partial<Piece> = {}): Piece {
  return { name, bytes: Buffer.from(content), ...more };
}

export const RECIPE = text('project/recipe.yaml', 'name: x\nstages: {}\n');

/**
 * An archive as an attacker may have made it: each piece as specified, whether or not any bundle could have
 * it.
 */
export function archive(pieces: Piece[], manifest: Record<string, unknown> = {}): Buffer {
  const members = pieces.map(({ name, bytes, claim }) => ({
    name,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...claim,
  }));
  const head = Buffer.from(
    JSON.stringify({
      format: 1,
      pipeline: 'x',
      recipe: 'recipe.yaml',
      objects: 'all',
      modules: [],
      packages: [],
      members,
      ...manifest,
    }),
  );
  const parts = [ustarHeader('etude-bundle.json', head.length), padded(head)];
  for (const { name, bytes, header: change } of pieces) {
    const header = ustarHeader('placeholder', bytes.length);
    header.fill(0, 0, 100);
    header.write(name, 0, 100, 'utf8');
    change?.(header);
    parts.push(mendChecksum(header), padded(bytes));
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

function mendChecksum(header: Buffer): Buffer {
  header.write('        ', 148, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** A folder to unpack in, among others that must not change. */
export function place(): {
  file(bytes: Buffer): string;
  dir: string;
  cacheDir: string;
  untouched(): boolean;
} {
  const root = tempFolder('bundle');
  const bundle = join(root, 'x.etude.tar');
  return {
    file(bytes) {
      writeFileSync(bundle, bytes);
      return bundle;
    },
    dir: join(root, 'there'),
    cacheDir: join(root, 'cache'),
    untouched: () => readdirSync(root).join() === 'x.etude.tar',
  };
}

/** Every file below a folder, by name. */
export function listing(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return (readdirSync(dir, { recursive: true }) as string[])
    .filter((name) => statSync(join(dir, name)).isFile())
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}
