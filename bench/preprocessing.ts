/**
 * Clips per second from WAV files to the input values of wav2vec2: read, decode, resample the entire clip to
 * 16 kHz, truncate to the first second, normalise. The peer is torchaudio, with a resampling kernel that is
 * made once and with one made for every clip.
 *
 *     node --import tsx bench/preprocessing.ts --python <python with bench/requirements.txt>
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { featureExtractorConfig } from '../src/learning/audio/preprocessor-config.js';
import { pcm16 } from '../test/support/wav-file.js';
import { measurePairs, pairsLine, runBench } from './pairs.js';
import { type Peer, startPeer } from './peer.js';
import type { PreprocessingPiece } from './preprocessing-worker.js';

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rates: { type: 'string', default: '8000' },
    seconds: { type: 'string', default: '8' },
    clips: { type: 'string', default: '512' },
    pairs: { type: 'string', default: '15' },
    workers: { type: 'string', default: String(availableParallelism()) },
    'peer-pool': { type: 'string', default: 'processes' },
  },
});

const config = featureExtractorConfig({});
const max_length = config.sampling_rate;
const workers = Number(options.workers);

/** Files per request to a worker; the peer's requests are as large. */
const PIECE = 8;

await runBench(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'etude-bench-'));
  const setup = { rate: config.sampling_rate, max_length, workers, pool: options['peer-pool'] };
  // The peer's threads are its workers.
  const peer = await startPeer('preprocessing', {
    python: options.python,
    setup,
    env: { OMP_NUM_THREADS: '1' },
  });
  const threads = Array.from({ length: workers }, startThread);
  try {
    console.log(`peer: ${JSON.stringify(peer.about)}, ${workers} ${options['peer-pool']}`);
    console.log('ratio: etude / torchaudio in clips/s, higher is better');
    for (const rate of options.rates.split(',').map(Number)) await measureRate(rate, folder, peer, threads);
  } finally {
    await Promise.all([peer.close(), ...threads.map((thread) => thread.terminate())]);
    rmSync(folder, { recursive: true });
  }
});

async function measureRate(rate: number, parent: string, peer: Peer, threads: Worker[]): Promise<void> {
  const seconds = Number(options.seconds);
  const paths = writeClips(join(parent, String(rate)), Number(options.clips), rate, seconds);
  for (const [kind, cached] of [
    ['kernel built once', true],
    ['kernel built per clip', false],
  ] as const) {
    const pairs = await measurePairs(
      Number(options.pairs),
      2,
      async () => clipsPerSecond(paths, await preprocess(paths, threads)),
      async () => clipsPerSecond(paths, await preprocessWithPeer(paths, peer, cached)),
    );
    const measure = `${seconds} s clips, ${rate} Hz to ${config.sampling_rate} Hz, ${kind}`;
    console.log(pairsLine(measure, 'clips/s', 'torchaudio', pairs, 0));
  }
}

function clipsPerSecond(paths: readonly string[], ms: number): number {
  return (paths.length / ms) * 1000;
}

async function preprocess(paths: readonly string[], threads: readonly Worker[]): Promise<number> {
  const pieces: PreprocessingPiece[] = [];
  for (let at = 0; at < paths.length; at += PIECE) {
    pieces.push({ paths: paths.slice(at, at + PIECE), config, max_length });
  }
  const start = performance.now();
  const samples = await Promise.all(
    threads.map(async (thread) => {
      let done = 0;
      for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
        done += await answerOf(thread, piece);
      }
      return done;
    }),
  );
  const ms = performance.now() - start;
  checkWork(
    samples.reduce((sum, count) => sum + count),
    paths,
  );
  return ms;
}

async function preprocessWithPeer(paths: string[], peer: Peer, cached: boolean): Promise<number> {
  const { ms, samples } = await peer.request({ paths, cached });
  checkWork(samples as number, paths);
  return ms;
}

/** Neither side may skip work. */
function checkWork(samples: number, paths: readonly string[]): void {
  const expected = paths.length * max_length;
  if (samples !== expected) throw new Error(`${samples} samples instead of ${expected}`);
}

function answerOf(thread: Worker, piece: PreprocessingPiece): Promise<number> {
  return new Promise((resolve, reject) => {
    thread.once('error', reject);
    thread.once('message', (samples: number) => {
      thread.off('error', reject);
      resolve(samples);
    });
    thread.postMessage(piece);
  });
}

/** A separate thread needs the TypeScript loader, too. */
function startThread(): Worker {
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const entry = JSON.stringify(new URL('./preprocessing-worker.ts', import.meta.url).href);
  const code = `import(${loader}).then(({ register }) => { register(); return import(${entry}); })`;
  return new Worker(code, { eval: true });
}

/** 16-bit mono WAV files: tones with some noise, each one different. */
function writeClips(folder: string, count: number, rate: number, seconds: number): string[] {
  mkdirSync(folder);
  let noise = 1;
  return Array.from({ length: count }, (_, clip) => {
    const samples = Float32Array.from({ length: rate * seconds }, (_, i) => {
      noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
      return 0.3 * Math.sin((i * (200 + clip)) / rate) + 0.1 * (noise / 2 ** 32 - 0.5);
    });
    const path = join(folder, `${clip}.wav`);
    writeFileSync(path, pcm16(samples, rate));
    return path;
  });
}
