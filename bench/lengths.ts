/**
 * A training of wav2vec2-base on clips of random lengths, like real ones, with batches padded as the Trainer
 * pads them:
 *
 *   node --import tsx bench/lengths.ts --python PYTHON [--steps 60] [--batch 8] [--shortest 1] [--longest 6]
 *   [--threads 2] node --import tsx bench/lengths.ts --alone --steps 200 --batch 1 --longest 15
 *
 * With PyTorch: the same lengths on both sides, interleaved, and the ratio of the total times of all steps,
 * with and without compiling. Every ten steps it prints the memory used (resident, and its peak so far). On a
 * busy machine, look at processor time with one thread: threads that wait for each other use it up, too.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { BackendStatistics } from '../src/engine/onnxruntime/index.js';
import * as tf from '../src/engine/tf.js';
import { frameCount } from '../src/learning/model/config.js';
import { parseConfig } from '../src/learning/model/parse-config.js';
import { type Batch, roundedLength } from '../src/learning/training/collate.js';
import { Random } from '../src/random/random.js';
import { baseTrainer, noiseBatch } from './base-trainer.js';
import { runBench } from './pairs.js';
import { startPeer } from './peer.js';
import { WAV2VEC2_BASE } from './wav2vec2-base.js';

const RATE = 16_000;
const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    steps: { type: 'string', default: '60' },
    batch: { type: 'string', default: '8' },
    shortest: { type: 'string', default: '1' },
    longest: { type: 'string', default: '6' },
    threads: { type: 'string', default: String(availableParallelism()) },
    alone: { type: 'boolean', default: false },
  },
});
const [steps, clips, shortest, longest] = [values.steps, values.batch, values.shortest, values.longest].map(
  Number,
) as [number, number, number, number];
const threads = Number(values.threads);

/** A batch whose longest clip has this many samples, as `sampleBatches` makes it. */
function batchOf(samples: number): Batch {
  const width = roundedLength(samples, RATE * longest);
  const frames = new Float32Array(clips).fill(frameCount(parseConfig(WAV2VEC2_BASE), samples));
  return { ...noiseBatch(clips, width), frames, length: Float32Array.of(samples) };
}

const statistics = () => (tf.backend() as unknown as { statistics(): BackendStatistics }).statistics();

/** Processor milliseconds of this process, user and system together. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

await runBench(async () => {
  const train = await baseTrainer({ threads });
  const peer = values.alone
    ? undefined
    : await startPeer('training', {
        python: values.python,
        setup: { config: WAV2VEC2_BASE, clips, samples: RATE, threads, freeze: false },
        // One pool of threads, bound to the cores: otherwise PyTorch is three times slower here.
        env: { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
      });
  const random = Random.stream(7, 'lengths');
  const spent = { etude: 0, etudeCpu: 0, peer: 0, peerCpu: 0, audio: 0 };
  for (let step = 1; step <= steps; step++) {
    // The others are padded to the longest clip of a batch.
    const seconds = Array.from({ length: clips }, () => shortest + (longest - shortest) * random.uniform());
    const samples = Math.round(RATE * Math.max(...seconds));
    const own = () => {
      const batch = batchOf(samples);
      const before = cpu();
      spent.etude += train(batch);
      spent.etudeCpu += cpu() - before;
    };
    const theirs = async () => {
      const answer = await peer?.request({ samples });
      spent.peer += answer?.ms ?? 0;
      spent.peerCpu += Number(answer?.cpu ?? 0);
    };
    if (step % 2 === 0) await theirs();
    own();
    if (step % 2 === 1) await theirs();
    spent.audio += (clips * samples) / RATE;
    if (step % 10 > 0 && step < steps) continue;
    const { rss } = process.memoryUsage();
    const peak = process.resourceUsage().maxRSS / 1e6;
    console.log(`step ${step}: ${(rss / 1e9).toFixed(2)} GB resident, peak ${peak.toFixed(2)} GB`);
    if (peer !== undefined) console.log(ratios());
  }
  const { compiled, evicted, compileMs } = statistics();
  console.log(
    `${(spent.etude / spent.audio).toFixed(0)} ms per second of audio; ${compiled} graphs compiled in ${(compileMs / 1000).toFixed(1)} s, ${evicted} evicted`,
  );
  tf.removeBackend('onnxruntime');
  await peer?.close();

  function ratios(): string {
    const { compileMs: compiling } = statistics();
    const of = (one: number, other: number) => (one / other).toFixed(2);
    const whole = `${(spent.etude / 1000).toFixed(1)} s, PyTorch ${(spent.peer / 1000).toFixed(1)} s`;
    return (
      `  etude ${whole}: ratio ${of(spent.etude, spent.peer)}, without compiling ` +
      `${of(spent.etude - compiling, spent.peer)}, CPU time ${of(spent.etudeCpu, spent.peerCpu)}`
    );
  }
});
