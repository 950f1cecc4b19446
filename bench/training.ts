/**
 * A training step of wav2vec2-base (94.6 million parameters, dropout and SpecAugment on, clipping and AdamW
 * included) against PyTorch with transformers' model class:
 *
 *   node --import tsx bench/training.ts --python PYTHON [--steps 10] [--batch 8] [--samples 16000]
 *   [--freeze-feature-encoder] [--alone]
 *
 * Prints the ratio of times (under 1: Etude is faster), the peak memory of both, and how long Etude's first
 * step took.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { BackendStatistics } from '../src/engine/onnxruntime/index.js';
import * as tf from '../src/engine/tf.js';
import { baseTrainer, noiseBatch } from './base-trainer.js';
import { measurePairs, pairsLine, runBench } from './pairs.js';
import { startPeer } from './peer.js';
import { WAV2VEC2_BASE } from './wav2vec2-base.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    steps: { type: 'string', default: '10' },
    batch: { type: 'string', default: '8' },
    samples: { type: 'string', default: '16000' },
    'freeze-feature-encoder': { type: 'boolean', default: false },
    spin: { type: 'boolean', default: false },
    alone: { type: 'boolean', default: false },
  },
});
const clips = Number(values.batch);
const samples = Number(values.samples);
const freeze = values['freeze-feature-encoder'];
const threads = availableParallelism();

await runBench(async () => {
  const train = await baseTrainer({ threads, freeze, spin: values.spin });
  const batch = noiseBatch(clips, samples);
  const step = async () => train(batch);
  const first = await step();
  console.log(`first step (compile, first touch of memory): etude ${(first / 1000).toFixed(2)} s`);
  const peer = values.alone ? undefined : await startTorch();
  const pairs = await measurePairs(
    Number(values.steps),
    2,
    step,
    async () => (await peer?.request({}))?.ms ?? Number.NaN,
  );
  const what = `training step, batch ${clips} x ${samples}${freeze ? ', frozen feature encoder' : ''}`;
  console.log(pairsLine(what, 'ms', 'PyTorch', pairs, 0));
  const mine = process.resourceUsage().maxRSS / 1e6;
  const theirs = Number((await peer?.request({ memory: true }))?.rss) / 1e9;
  console.log(`peak memory: etude ${mine.toFixed(2)} GB, PyTorch ${theirs.toFixed(2)} GB`);
  const { compileMs, feedMs, runMs, planMs, runs } = (
    tf.backend() as unknown as { statistics(): BackendStatistics }
  ).statistics();
  console.log(
    `etude, mean of all steps: ${[runMs, planMs, feedMs].map((ms) => (ms / runs).toFixed(0)).join(' + ')} ms run + plan + feed; compiled in ${(compileMs / 1000).toFixed(2)} s`,
  );
  tf.removeBackend('onnxruntime');
  await peer?.close();
});

function startTorch() {
  return startPeer('training', {
    python: values.python,
    setup: { config: WAV2VEC2_BASE, clips, samples, threads, freeze },
    // One pool of threads, bound to the cores: otherwise PyTorch is three times slower here.
    env: { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
  });
}
