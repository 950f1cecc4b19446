/**
 * Throughput of the content store and of hashing, against Python's hashlib and a plain copy that is flushed
 * to the disk:
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
import { measurePairs, pairsLine, runBench } from './pairs.js';
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
    const rate = (ms: number) => megabytes / (ms / 1000);

    const hash = async () => rate(await timed(() => sha256File(file)));
    const hashlib = async () => rate((await peer.request({ hash: file })).ms);
    console.log(
      pairsLine('SHA-256 of a file', 'MB/s', 'hashlib', await measurePairs(runs, 1, hash, hashlib), 0),
    );

    let number = 0;
    const store = async () => {
      // Other bytes each time: of a file that it knows, the store only compares the name.
      bytes[0] = ++number;
      writeFileSync(file, bytes.subarray(0, 1), { flag: 'r+' });
      const dir = join(folder, 'cache');
      const cache = await openCache(dir);
      const ms = await timed(() => cache.objects.putFile(file));
      // Off the clock on both sides, so that each begins with as much free memory.
      rmSync(dir, { recursive: true });
      return rate(ms);
    };
    const copy = async () => rate((await peer.request({ copy: file, to: join(folder, 'copy') })).ms);
    const pairs = await measurePairs(runs, 1, store, copy);
    console.log(pairsLine('store a file (hash, write, flush)', 'MB/s', 'copy and flush', pairs, 0));
  } finally {
    await peer.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
