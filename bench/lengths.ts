/**
 * Memory over a training of wav2vec2-base on clips of random lengths:
 *
 *   node --import tsx bench/lengths.ts [--steps 200] [--batch 1] [--shortest 1] [--longest 15]
 *
 * Prints every ten steps the memory held (resident, and its peak so far), and in the end the time a second of audio.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { BackendStatistics } from '../src/engine/onnxruntime/index.js';
import * as tf from '../src/engine/tf.js';
import { Random } from '../src/training/random.js';
import { baseTrainer, noiseBatch } from './base-trainer.js';
import { runBench } from './pairs.js';

const RATE = 16_000;
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '200' },
    batch: { type: 'string', default: '1' },
    shortest: { type: 'string', default: '1' },
    longest: { type: 'string', default: '15' },
  },
});
const [steps, clips, shortest, longest] = [values.steps, values.batch, values.shortest, values.longest].map(
  Number,
) as [number, number, number, number];

await runBench(async () => {
  const train = await baseTrainer({ threads: availableParallelism() });
  const random = Random.stream(7, 'lengths');
  let audio = 0;
  let ms = 0;
  for (let step = 1; step <= steps; step++) {
    // The longest of a batch is what the others are padded to.
    const lengths = Array.from({ length: clips }, () => shortest + (longest - shortest) * random.uniform());
    const samples = Math.round(RATE * Math.max(...lengths));
    ms += train(noiseBatch(clips, samples));
    audio += (clips * samples) / RATE;
    if (step % 10 > 0) continue;
    const { rss } = process.memoryUsage();
    const peak = process.resourceUsage().maxRSS / 1e6;
    console.log(`step ${step}: ${(rss / 1e9).toFixed(2)} GB resident, peak ${peak.toFixed(2)} GB`);
  }
  const { compiled, evicted, compileMs } = (
    tf.backend() as unknown as { statistics(): BackendStatistics }
  ).statistics();
  console.log(
    `${(ms / audio).toFixed(0)} ms a second of audio; ${compiled} graphs compiled in ${(compileMs / 1000).toFixed(1)} s, ${evicted} closed again`,
  );
});
