/**
 * A training of wav2vec2-base with frozen layers against PyTorch with transformers' model class and the same
 * parameters frozen, which it computes in every step:
 *
 *   node --import tsx bench/frozen.ts --python PYTHON [--layers 8] [--steps 10] [--clips 32] [--dtype float32]
 *
 * Measures a step of each, interleaved, and the time that Etude needs once per clip, including the cache; and
 * extrapolates to 563 one-second clips and 5 epochs: the first training of a sweep, and each further one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine } from '../src/engine/open-engine.js';
import * as tf from '../src/engine/tf.js';
import { ZEROS_ON_THE_RIGHT } from '../src/learning/audio/padding.js';
import { RandomDraws } from '../src/learning/model/random-draws.js';
import type { Examples } from '../src/learning/training/examples.js';
import { activationBatches, cacheActivations } from '../src/learning/training/frozen/activation-batches.js';
import { AdamW } from '../src/learning/training/optimizer.js';
import { update } from '../src/learning/training/optimizer-step.js';
import { StepGraph } from '../src/learning/training/step-graph.js';
import { trainableNames } from '../src/learning/training/trainable-names.js';
import { openCache } from '../src/pipeline/cache/open-cache.js';
import { Random } from '../src/random/random.js';
import { measurePairs, median, pairsLine, runBench } from './pairs.js';
import { startPeer } from './peer.js';
import { noise, randomBase, WAV2VEC2_BASE } from './wav2vec2-base.js';

/** The training that the figures are for: MInDS-14 en-US. */
const CLIPS = 563;
const EPOCHS = 5;
const SAMPLES = 16_000;
const BATCH = 8;

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    layers: { type: 'string', default: '8' },
    steps: { type: 'string', default: '10' },
    clips: { type: 'string', default: '32' },
  },
});
const threads = availableParallelism();
const frozen = { at: 'layer', layer: Number(values.layers) } as const;

await runBench(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'etude-bench-'));
  try {
    await measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

async function measure(folder: string): Promise<void> {
  await openEngine('onnxruntime', { threads });
  const model = randomBase();
  const examples = clips(Number(values.clips));
  const part = { model, entry: frozen };
  const cache = await openCache(folder);
  const store = { objects: cache.objects, chunks: cache.chunks, code: 'bench', engine: 'bench' };
  const signal = new AbortController().signal;
  const request = { part, store, signal };
  // The first pass compiles.
  await cacheActivations([clips(BATCH, 2)], request, () => {});
  const once = await timed(async () => cacheActivations([examples], request, () => {}));
  const again = await timed(async () => cacheActivations([examples], request, () => {}));
  const batches = activationBatches(examples, part, again.result.rows[0]!);

  const trainable = trainableNames(model.weights, model.config, frozen);
  const betas = { adam_beta1: 0.9, adam_beta2: 0.999, adam_epsilon: 1e-8 };
  const optimizer = new AdamW(model.weights, { ...betas, weight_decay: 0 }, trainable);
  const draws = new RandomDraws(Random.stream(42, 'training'));
  const graph = new StepGraph(model, trainable, draws, frozen);
  let step = 0;
  const cpu = { etude: [] as number[], peer: [] as number[] };
  const etude = async () => {
    const first = (step++ * BATCH) % examples.size;
    const { ms, cpuMs } = await timed(async () => {
      const batch = await batches(Array.from({ length: BATCH }, (_, row) => first + row));
      const settings = { trainable, learningRate: 3e-5, max_grad_norm: 1 };
      update(model, [batch], graph, optimizer, draws, settings);
    });
    cpu.etude.push(cpuMs);
    return ms;
  };
  const setup = { config: WAV2VEC2_BASE, clips: BATCH, samples: SAMPLES, threads, layers: frozen.layer };
  const env = { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) };
  const peer = await startPeer('training', { python: values.python, setup, env });
  const pairs = await measurePairs(Number(values.steps), 2, etude, async () => {
    const { ms, cpu: cpuMs } = await peer.request({});
    cpu.peer.push(cpuMs as number);
    return ms as number;
  });
  await peer.close();
  console.log(pairsLine(`step, ${values.layers} of 12 layers frozen`, 'ms', 'PyTorch', pairs, 0));
  report('by the clock', once.ms / examples.size, median(pairs.etude), median(pairs.peer));
  const [own, theirs] = [cpu.etude, cpu.peer].map((all) => median(all.slice(2))) as [number, number];
  report('by processor time', once.cpuMs / examples.size, own, theirs);
  const row = (await again.result.rows[0]!(0)).byteLength;
  const size = (bytes: number) => `${((bytes * CLIPS) / 1e6).toFixed(0)} MB`;
  console.log(
    `states of ${CLIPS} clips: ${size(row)} as float32, ${size(row / 2)} as float16; opened again in ${again.ms.toFixed(0)} ms for ${examples.size} clips`,
  );
  console.log(`peak memory of Etude: ${(process.resourceUsage().maxRSS / 1e6).toFixed(2)} GB`);
  tf.removeBackend('onnxruntime');
}

/** Extrapolates the measured times to the whole training. */
function report(what: string, clip: number, step: number, peerStep: number): void {
  const steps = EPOCHS * Math.ceil(CLIPS / BATCH);
  const [embedding, own, theirs] = [CLIPS * clip, steps * step, steps * peerStep];
  const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`;
  console.log(
    `${what}, ${CLIPS} clips, ${EPOCHS} epochs: ${seconds(embedding)} once (${clip.toFixed(0)} ms per clip) and ${seconds(own)} per training; PyTorch ${seconds(theirs)}; ` +
      `ratio ${((embedding + own) / theirs).toFixed(2)} for the first training, ${(own / theirs).toFixed(2)} for each further one`,
  );
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number; cpuMs: number }> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, ms: performance.now() - start, cpuMs: (user + system) / 1000 };
}

/** Clips of noise, all different. */
function clips(size: number, scale = 1): Examples {
  const data = noise(size, SAMPLES);
  return {
    split: 'train',
    size,
    labels: Array.from({ length: size }, (_, row) => row % 14),
    lengths: Array.from({ length: size }, () => SAMPLES),
    padding: ZEROS_ON_THE_RIGHT,
    samples: async (row) => data.slice(row * SAMPLES, (row + 1) * SAMPLES).map((value) => value * scale),
  };
}
