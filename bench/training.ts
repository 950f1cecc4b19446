/**
 * A training step of wav2vec2-base (94.6 million parameters, dropout and SpecAugment on, clipping and AdamW
 * included) against PyTorch with transformers' model class:
 *
 *   node --import tsx bench/training.ts --python PYTHON [--steps 10] [--batch 8] [--samples 16000]
 *   [--freeze-feature-encoder] [--spin auto|yes|no] [--compile] [--preload LIBRARY] [--alone]
 *   [--against DIR]...
 *
 * `--against` measures the source of another checkout of Etude, too; with `--alone`, without PyTorch.
 * `--compile` measures `torch.compile`, and `--preload` gives PyTorch another allocator, or
 * `peers/mkl_intel.c`.
 *
 * Prints the processor; the ratio of times (under 1: Etude is faster); of each side the time, processor time,
 * page faults and peak memory; and what share of the machine's best rate of products each step reaches.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { describeCpu } from './cpu.js';
import { median, runBench } from './pairs.js';
import { type Peer, type PeerAnswer, startNode, startPeer } from './peer.js';
import type { StepFlops } from './step-flops.js';
import { WAV2VEC2_BASE } from './wav2vec2-base.js';

type MallocSettings = typeof import('../src/pipeline/run/malloc-settings.js');

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    steps: { type: 'string', default: '10' },
    batch: { type: 'string', default: '8' },
    samples: { type: 'string', default: '16000' },
    'freeze-feature-encoder': { type: 'boolean', default: false },
    spin: { type: 'string', default: 'auto' },
    compile: { type: 'boolean', default: false },
    preload: { type: 'string' },
    alone: { type: 'boolean', default: false },
    against: { type: 'string', multiple: true, default: [] },
  },
});
const [clips, samples, steps] = [values.batch, values.samples, values.steps].map(Number) as [
  number,
  number,
  number,
];
const threads = availableParallelism();
const work = { clips, samples, threads, freeze: values['freeze-feature-encoder'] };

/** Products of a step, [m, k, n]: of a layer, of gradients of its weights, of a convolution. */
const PRODUCTS = [
  [2048, 2048, 2048],
  [clips * 49, 768, 768],
  [clips * 49, 768, 3072],
  [768, clips * 49, 3072],
  [1599, 1536, 512],
] as const;
/** Not counted: they compile, and touch memory for the first time. */
const WARMUPS = 2;
/** Steps of Etude before that, alone: after so many it has found out whether threads should spin. */
const SETTLING = 9;

/** Something measured: its program, and what its steps took. */
interface Side {
  name: string;
  program: Peer;
  steps: PeerAnswer[];
}

await runBench(async () => {
  console.log(describeCpu());
  const sides = await startSides();
  console.log(
    `first step (compile, first touch of memory): ${Number(sides[0]!.program.about.first).toFixed(0)} ms`,
  );
  const best = await products(sides.filter(({ name }) => name === 'etude' || name === 'PyTorch'));
  await measure(sides);
  console.log(`training step, batch ${clips} x ${samples}${work.freeze ? ', frozen feature encoder' : ''}:`);
  for (const side of sides) await report(side, sides[0]!, best);
  for (const { program } of sides) await program.close();
});

async function startSides(): Promise<Side[]> {
  const { python, compile, preload } = values;
  const spin = values.spin === 'auto' ? 'auto' : values.spin === 'yes';
  const side = (name: string, program: Peer): Side => ({ name, program, steps: [] });
  const etude = async (name: string, folder?: string) =>
    side(name, await startNode('training-step', { ...work, spin, folder }, await environmentOf(folder)));
  const sides = [await etude('etude')];
  for (const folder of values.against) sides.push(await etude(folder, folder));
  if (values.alone) return sides;
  const setup = { ...work, config: WAV2VEC2_BASE, compile };
  // One pool of threads, bound to the cores: otherwise PyTorch is three times slower here.
  const env = { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) };
  const loaded: Record<string, string> = preload === undefined ? {} : { LD_PRELOAD: preload };
  return [
    ...sides,
    side('PyTorch', await startPeer('training', { python, setup, env: { ...env, ...loaded } })),
  ];
}

/** What the stages of a checkout are started with. */
async function environmentOf(
  folder = fileURLToPath(new URL('..', import.meta.url)),
): Promise<NodeJS.ProcessEnv> {
  const settings = pathToFileURL(join(resolve(folder), 'src/pipeline/run/malloc-settings.ts'));
  if (!existsSync(settings)) return {};
  const { keepingMemory } = (await import(settings.href)) as MallocSettings;
  return keepingMemory(process.env);
}

/** Prints the rate of products on each side, and returns the best: the machine's own. */
async function products(sides: readonly Side[]): Promise<number> {
  let best = 0;
  for (const product of PRODUCTS) {
    const rates: string[] = [];
    for (const { name, program } of sides) {
      const gflops = Number((await program.request({ product })).gflops);
      best = Math.max(best, gflops);
      rates.push(`${name} ${gflops.toFixed(0)}`);
    }
    console.log(`product ${product.join(' x ')}: ${rates.join(', ')} GFLOP/s`);
  }
  return best;
}

/** Interleaved, each round beginning with another side. */
async function measure(sides: readonly Side[]): Promise<void> {
  if (values.spin === 'auto')
    for (const { name, program } of sides)
      for (let step = 0; step < SETTLING && name !== 'PyTorch'; step++) await program.request({});
  for (let round = -WARMUPS; round < steps; round++) {
    const first = (round + WARMUPS) % sides.length;
    for (const side of [...sides.slice(first), ...sides.slice(0, first)]) {
      const answer = await side.program.request({});
      if (round >= 0) side.steps.push(answer);
    }
  }
}

/** Prints what a side's steps took, and the median of the ratios to Etude's. */
async function report(side: Side, etude: Side, best: number): Promise<void> {
  const { name, program, steps } = side;
  const of = (field: string) => median(steps.map((step) => Number(step[field])));
  const ratio = median(steps.map(({ ms }, i) => etude.steps[i]!.ms / ms)).toFixed(3);
  const { peak, flops } = await program.request({ summary: true });
  const lines = [
    `${of('ms').toFixed(0)} ms${side === etude ? '' : `, ratio ${ratio} (median of ${steps.length})`}`,
    `processor ${of('cpu').toFixed(0)} ms, of it ${of('system').toFixed(0)} in the kernel; ` +
      `${of('faults').toFixed(0)} page faults; peak memory ${(Number(peak) / 1e9).toFixed(2)} GB`,
    ...(flops ? [describeFlops(flops as StepFlops, of('ms') / 1000, best)] : []),
  ];
  console.log(`  ${name}: ${lines.join('\n    ')}`);
}

function describeFlops({ forward, weights, activations }: StepFlops, seconds: number, best: number): string {
  const total = (forward + weights + activations) / 1e9;
  const [a, b, c] = [forward, weights, activations].map((count) => (count / 1e9).toFixed(1));
  const parts = `forward ${a}, gradients of weights ${b}, of activations ${c}`;
  const share = ((100 * total) / seconds / best).toFixed(0);
  return `${total.toFixed(1)} GFLOP (${parts}): ${share} % of the best rate`;
}
