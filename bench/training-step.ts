/**
 * Etude's side of `training.ts`, in a process of its own: training steps of wav2vec2-base with the source of
 * one checkout of Etude. Reads and answers lines of JSON, as the programs in `peers` do.
 */
import { createInterface } from 'node:readline';
import { baseTrainer, noiseBatch } from './base-trainer.js';
import { type Build, loadBuild } from './build.js';
import { productRate } from './product-rate.js';
import { addFlops, countFlops, type StepFlops } from './step-flops.js';

interface Setup {
  /** A checkout of Etude; the one of this file if absent. */
  folder?: string;
  clips: number;
  samples: number;
  threads: number;
  freeze: boolean;
  spin: boolean | 'auto';
}

/** One of: a step, the rate of a product [m, k, n], or what is known about all steps. */
type Request = { product?: [number, number, number]; summary?: true };

async function prepare({ folder, clips, samples, threads, freeze, spin }: Setup) {
  const build = await loadBuild(folder);
  let compiled: ReturnType<typeof countFlops> | undefined;
  onCompile(build, (plan) => {
    compiled = countFlops(plan, build.unitsOf(plan));
  });
  const train = await baseTrainer({ threads, freeze, spin, build });
  const batch = noiseBatch(clips, samples);
  const first = train(batch);
  const counted = compiled!;
  const flops: StepFlops[] = [];
  const work = (request: Request): object => {
    if (request.product) return { ms: 0, gflops: productRate(build, request.product, threads) };
    if (request.summary) {
      const { forward, weights, activations } = flops.reduce(addFlops);
      const mean = {
        forward: forward / flops.length,
        weights: weights / flops.length,
        activations: activations / flops.length,
      };
      return { ms: 0, peak: process.resourceUsage().maxRSS * 1024, flops: mean };
    }
    const before = process.resourceUsage();
    const ms = train(batch);
    const after = process.resourceUsage();
    const open = counted.gated.filter(({ gate }) => gate.data![0] === 1);
    flops.push(open.reduce((sum, { flops }) => addFlops(sum, flops), counted.always));
    return {
      ms,
      cpu: (after.userCPUTime - before.userCPUTime + after.systemCPUTime - before.systemCPUTime) / 1000,
      system: (after.systemCPUTime - before.systemCPUTime) / 1000,
      faults: after.minorPageFault - before.minorPageFault,
    };
  };
  return { about: { first }, work };
}

/** Has a function called with each graph before it is compiled. */
function onCompile({ SessionCache }: Build, see: (plan: Parameters<typeof countFlops>[0]) => void): void {
  const { prototype } = SessionCache;
  // biome-ignore lint/complexity/useLiteralKeys: the only way to what is private.
  const compile = prototype['compile'];
  // biome-ignore lint/complexity/useLiteralKeys: the only way to what is private.
  prototype['compile'] = function (plan) {
    see(plan);
    return compile.call(this, plan);
  };
}

let work: ((request: Request) => object) | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  let answer: object;
  if (work) answer = work(message);
  else {
    const prepared = await prepare(message);
    work = prepared.work;
    answer = prepared.about;
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
