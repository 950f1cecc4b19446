/**
 * Throughput of hashing and of the content store, for one object and for many at once, against Python's
 * hashlib and plain copies that are flushed to the disk:
 *
 *   node --import tsx bench/store.ts --python PYTHON [--runs 7] [--megabytes 256]
 *
 * Prints the ratios of rates (over 1: Etude is faster).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sha256File } from '../src/files/sha256-file.js';
import { openCache } from '../src/pipeline/cache/open-cache.js';
import { Random } from '../src/random/random.js';
import { measurePairs, type Pairs, pairsLine, runBench } from './pairs.js';
import { startPeer } from './peer.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    runs: { type: 'string', default: '7' },
    megabytes: { type: 'string', default: '256' },
  },
});
const runs = Number(values.runs);
const megabytes = Number(values.megabytes);
const folder = mkdtempSync(join(tmpdir(), 'etude-bench-'));

await runBench(async () => {
  const peer = await startPeer('store', { python: values.python });
  try {
    const bytes = new Uint32Array((megabytes * 1e6) / 4);
    const random = Random.stream(1, 'bytes');
    for (let i = 0; i < bytes.length; i++) bytes[i] = random.next();
    const file = join(folder, 'file');
    writeFileSync(file, bytes);

    const hash = async () => rate(await timed(() => sha256File(file)));
    const hashlib = async () => rate((await peer.request({ hash: file })).ms);
    console.log(
      pairsLine('SHA-256 of a file', 'MB/s', 'hashlib', await measurePairs(runs, 1, hash, hashlib), 0),
    );

    for (const count of [1, 16]) {
      const pairs = await measureStore(bytes, count, (copies) => peer.request({ copies }));
      const what = count === 1 ? 'store a file' : `store ${count} files at once`;
      console.log(pairsLine(`${what} (hash, write, flush)`, 'MB/s', 'copy and flush', pairs, 0));
    }
  } finally {
    await peer.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

function rate(ms: number): number {
  return megabytes / (ms / 1000);
}

/** The bytes as `count` files, each an object; the copies are made one after another. */
async function measureStore(
  bytes: Uint32Array,
  count: number,
  copy: (copies: [from: string, to: string][]) => Promise<{ ms: number }>,
): Promise<Pairs> {
  const length = Math.floor(bytes.length / count);
  const files = Array.from({ length: count }, (_, i) => join(folder, `part${i}`));
  for (const [i, file] of files.entries()) writeFileSync(file, bytes.subarray(i * length, (i + 1) * length));
  let number = 0;
  const store = async () => {
    // Other bytes each time: of a file that it knows, the store only compares the name.
    for (const file of files) writeFileSync(file, Uint32Array.of(++number), { flag: 'r+' });
    const dir = join(folder, 'cache');
    const cache = await openCache(dir);
    const ms = await timed(() => Promise.all(files.map((file) => cache.objects.putFile(file))));
    // Off the clock on both sides, so that each begins with as much free memory.
    rmSync(dir, { recursive: true });
    return rate(ms);
  };
  return measurePairs(runs, 1, store, async () => rate((await copy(files.map((f) => [f, `${f}.copy`]))).ms));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
