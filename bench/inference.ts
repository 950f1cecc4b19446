/**
 * Logits of wav2vec2-base, by a model that is loaded from a checkpoint's folder, against the same weights in
 * Python, at batch 1 and 8:
 *
 *   node --import tsx bench/inference.ts --python PYTHON [--peers eager,compile,onnxruntime,openvino]
 *     [--runs 20] [--samples 16000] [--batches 1,8] [--threads N] [--preload LIBRARY]
 *
 * Peers: PyTorch with transformers' class, the same compiled by `torch.compile`, and what `torch.onnx`
 * exports of it in Python's onnxruntime and in OpenVINO; `--preload` gives them another allocator, or
 * `peers/mkl_intel.c`. Prints the ratios of times, by the clock and by
 * processor time (under 1: Etude is faster), how far the logits are apart, and the peak memory of each
 * process.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine } from '../src/engine/open-engine.js';
import { loadModel } from '../src/learning/model/checkpoint.js';
import { formatSafetensors } from '../src/learning/model/safetensors.js';
import { fixedLogits } from '../src/learning/training/logits-session.js';
import { describeCpu } from './cpu.js';
import { measurePairs, median, pairsLine, runBench } from './pairs.js';
import { type Peer, startPeer } from './peer.js';
import { noise, randomBase, WAV2VEC2_BASE } from './wav2vec2-base.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    peers: { type: 'string', default: 'eager,compile,onnxruntime,openvino' },
    runs: { type: 'string', default: '20' },
    samples: { type: 'string', default: '16000' },
    batches: { type: 'string', default: '1,8' },
    threads: { type: 'string', default: String(availableParallelism()) },
    preload: { type: 'string' },
  },
});
const [samples, runs] = [Number(values.samples), Number(values.runs)];
const batches = values.batches.split(',').map(Number);
const threads = Number(values.threads);
const folder = mkdtempSync(join(tmpdir(), 'etude-bench-'));

/** Bytes, for people. */
const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;

await runBench(async () => {
  try {
    writeCheckpoint();
    const engine = await openEngine('onnxruntime', { threads });
    console.log(describeCpu());
    console.log(`${threads} threads, Node ${process.version}, ${engine.version}`);
    const files = ['config.json', 'model.safetensors'].map((name) => ({ name, path: join(folder, name) }));
    const graph = fixedLogits(await loadModel(files, { lazily: true }), false);
    const clips = noise(Math.max(...batches), samples);
    writeFileSync(join(folder, 'clips'), clips);
    const compute = (count: number) => {
      const data = clips.subarray(0, count * samples);
      return graph.compute({ inputs: { data, shape: [count, samples] }, labels: [] });
    };
    const kinds = values.peers.split(',');
    if (kinds.some((kind) => kind === 'onnxruntime' || kind === 'openvino'))
      await (await peerOf('export')).close();
    for (const kind of kinds) {
      const peer = await peerOf(kind);
      console.log(`${kind}: ${JSON.stringify(peer.about)}`);
      for (const count of batches) await compare(kind, peer, count, compute);
      console.log(
        `  peak memory of ${kind}: ${megabytes(Number((await peer.request({ memory: true })).rss))}`,
      );
      await peer.close();
    }
    console.log(`peak memory of etude: ${megabytes(process.resourceUsage().maxRSS * 1024)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Random weights in a folder that both sides load. */
function writeCheckpoint(): void {
  const { labels, weights } = randomBase();
  const config = { ...WAV2VEC2_BASE, id2label: Object.fromEntries(Object.entries(labels)) };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'model.safetensors'), Buffer.concat(formatSafetensors(weights)));
}

function peerOf(kind: string): Promise<Peer> {
  const loaded: Record<string, string> = values.preload === undefined ? {} : { LD_PRELOAD: values.preload };
  const onnx = kind === 'onnxruntime' || kind === 'openvino' ? join(folder, 'model.onnx') : undefined;
  return startPeer('inference', {
    python: values.python,
    setup: { kind, checkpoint: folder, folder, clips_file: join(folder, 'clips'), samples, threads, onnx },
    env: { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads), ...loaded },
  });
}

async function compare(
  kind: string,
  peer: Peer,
  count: number,
  compute: (count: number) => Float32Array,
): Promise<void> {
  const theirs = (await peer.request({ clips: count })).logits as number[];
  const apart = compute(count).reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
  const processor = { etude: [] as number[], peer: [] as number[] };
  const pairs = await measurePairs(
    runs,
    3,
    async () => {
      const [start, before] = [performance.now(), process.cpuUsage()];
      compute(count);
      const { user, system } = process.cpuUsage(before);
      processor.etude.push((user + system) / 1000);
      return performance.now() - start;
    },
    async () => {
      const { ms, cpu } = await peer.request({ clips: count });
      processor.peer.push(Number(cpu));
      return ms;
    },
  );
  const ratios = processor.etude.map((value, i) => value / processor.peer[i]!).slice(-runs);
  const line = pairsLine(`  batch ${count} x ${samples}`, 'ms', kind, pairs, 1);
  console.log(
    `${line}; processor time: ${median(ratios).toFixed(2)}; logits ${apart.toExponential(1)} apart`,
  );
}
