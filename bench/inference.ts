/**
 * Logits of wav2vec2-base against PyTorch with transformers' model class, at batch 1 and 8:
 *
 *   node --import tsx bench/inference.ts --python PYTHON [--runs 20] [--samples 16000]
 *
 * Prints the ratios of times (under 1: Etude is faster).
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { openEngine } from '../src/engine/open-engine.js';
import { LogitsGraph } from '../src/learning/training/logits-graph.js';
import { noiseBatch } from './base-trainer.js';
import { measurePairs, pairsLine, runBench } from './pairs.js';
import { startPeer } from './peer.js';
import { randomBase, WAV2VEC2_BASE } from './wav2vec2-base.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    runs: { type: 'string', default: '20' },
    samples: { type: 'string', default: '16000' },
  },
});
const samples = Number(values.samples);
const threads = availableParallelism();

await runBench(async () => {
  await openEngine('onnxruntime', { threads });
  const model = randomBase();
  const graph = new LogitsGraph(model);
  for (const clips of [1, 8]) {
    const batch = noiseBatch(clips, samples);
    const etude = async () => {
      const start = performance.now();
      graph.compute(batch);
      return performance.now() - start;
    };
    const peer = await startPeer('training', {
      python: values.python,
      setup: { config: WAV2VEC2_BASE, clips, samples, threads, inference: true },
      env: { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
    });
    const pairs = await measurePairs(Number(values.runs), 3, etude, async () => (await peer.request({})).ms);
    console.log(pairsLine(`inference, batch ${clips} x ${samples}`, 'ms', 'PyTorch', pairs, 1));
    await peer.close();
  }
});
