/**
 * `etude serve` against transformers' pipeline behind FastAPI and uvicorn on the same cores: requests per
 * second and their times with 1, 8 and 32 clients on this machine. wav2vec2-base with random weights, and the
 * quickstart's model if it has been trained:
 *
 *   node --import tsx bench/serve.ts --python PYTHON [--seconds 4] [--rounds 2] [--lengths equal|mixed]
 *     [--model FOLDER]
 *   node --import tsx bench/serve.ts --memory [--requests 10000] [--model FOLDER]
 *
 * Clips have one second, or between a half and two. Prints the ratios of requests per second (over 1: Etude
 * is faster); with `--memory`, what the processes of Etude have resident over many requests.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { encodeWav } from '../src/learning/audio/encode-wav.js';
import { modelFiles } from '../src/learning/model/save.js';
import { EtudeError } from '../src/util/errors.js';
import { type Load, load } from './load.js';
import { median, runBench } from './pairs.js';
import { cpuSeconds, residentBytes } from './process-tree.js';
import { noise, randomBase } from './wav2vec2-base.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '2' },
    lengths: { type: 'string', default: 'equal' },
    model: { type: 'string' },
    memory: { type: 'boolean', default: false },
    requests: { type: 'string', default: '10000' },
  },
});
const MAIN = fileURLToPath(new URL('../dist/src/cli/main.cjs', import.meta.url));
const PEER = fileURLToPath(new URL('./peers/http_server.py', import.meta.url));
const QUICKSTART = '.etude/models/quickstart/model';
const CLIENTS = [1, 8, 32];
const RATE = 16_000;
const threads = availableParallelism();

interface Server {
  url: string;
  child: ChildProcess;
}

await runBench(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'etude-bench-'));
  try {
    console.log(
      `${cpus()[0]!.model}, ${threads} cores, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}`,
    );
    for (const [name, model] of models(folder)) await (values.memory ? memory : compare)(name, model);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Folders of models, by what they are called. */
function models(folder: string): [string, string][] {
  if (values.model !== undefined) return [[values.model, resolve(values.model)]];
  const quickstart: [string, string][] = existsSync(QUICKSTART) ? [['quickstart', resolve(QUICKSTART)]] : [];
  if (values.memory && quickstart.length > 0) return quickstart;
  for (const [name, parts] of Object.entries(modelFiles(randomBase())))
    writeFileSync(join(folder, name), Buffer.concat(parts));
  const preprocessor = {
    feature_extractor_type: 'Wav2Vec2FeatureExtractor',
    sampling_rate: RATE,
    do_normalize: true,
  };
  writeFileSync(join(folder, 'preprocessor_config.json'), JSON.stringify(preprocessor));
  return [...quickstart, ['wav2vec2-base', folder]];
}

/** WAV files of noise. */
function clips(): Uint8Array[] {
  const count = values.lengths === 'mixed' ? 16 : 1;
  return Array.from({ length: count }, (_, i) => {
    const samples = count === 1 ? RATE : Math.round(RATE * (0.5 + (1.5 * ((i * 7) % count)) / count));
    return encodeWav(
      noise(1, samples).map((value) => value / 10),
      RATE,
    );
  });
}

async function compare(name: string, model: string): Promise<void> {
  const peer = await startPeer(model);
  const etude = await startEtude(model);
  try {
    console.log(`${name}, clips of ${values.lengths} length:`);
    for (const clients of CLIENTS) {
      const results: Record<'etude' | 'peer', Measured[]> = { etude: [], peer: [] };
      for (let round = -1; round < Number(values.rounds); round++)
        for (const side of round % 2 === 0 ? (['etude', 'peer'] as const) : (['peer', 'etude'] as const)) {
          const measured = await measure(
            { etude, peer }[side],
            clients,
            round < 0 ? 0.5 : Number(values.seconds),
          );
          if (round >= 0) results[side].push(measured);
        }
      const ratio = median(results.etude.map(({ rate }, i) => rate / results.peer[i]!.rate));
      console.log(`  ${clients} clients: ratio ${ratio.toFixed(2)} of requests per second`);
      for (const side of ['etude', 'peer'] as const) console.log(`    ${side}: ${sideLine(results[side])}`);
    }
  } finally {
    await Promise.all([stop(etude), stop(peer)]);
  }
}

type Measured = Load & { cpu: number };

async function measure({ url, child }: Server, clients: number, seconds: number): Promise<Measured> {
  const before = cpuSeconds(child.pid!);
  const result = await load(url, clips(), clients, (_, elapsed) => elapsed > seconds);
  return { ...result, cpu: (1000 * (cpuSeconds(child.pid!) - before)) / result.requests };
}

function sideLine(results: readonly Measured[]): string {
  const of = (pick: (measured: Measured) => number) => median(results.map(pick)).toFixed(1);
  const errors = results.reduce((sum, each) => sum + each.errors, 0);
  return `${of(({ rate }) => rate)} per second, p50 ${of(({ p50 }) => p50)} ms, p99 ${of(({ p99 }) => p99)} ms, processor ${of(({ cpu }) => cpu)} ms per request, errors ${errors}`;
}

async function memory(name: string, model: string): Promise<void> {
  values.lengths = 'mixed';
  const etude = await startEtude(model);
  try {
    const requests = Number(values.requests);
    const mb = () => (residentBytes(etude.child.pid!) / 1e6).toFixed(0);
    console.log(`${name}: ${mb()} MB resident before the first request`);
    for (const part of [0.1, 0.25, 0.5, 0.75, 1]) {
      const from = part === 0.1 ? 0 : [0.1, 0.25, 0.5, 0.75][[0.25, 0.5, 0.75, 1].indexOf(part)]!;
      const { errors } = await load(etude.url, clips(), 8, (asked) => asked >= (part - from) * requests);
      console.log(`  ${mb()} MB after ${part * requests} requests, errors ${errors}`);
    }
  } finally {
    await stop(etude);
  }
}

async function startEtude(model: string): Promise<Server> {
  // On a busy machine, answers take long; that is measured, and not an error.
  const args = [MAIN, 'serve', model, '--port', '0', '--timeout', '300'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await Promise.race([once(child.stdout!, 'data'), once(child, 'close').then(() => undefined)]);
  const url = /http:\S+/.exec(String(line?.[0]))?.[0];
  if (url === undefined)
    throw new EtudeError('etude serve does not start', { hint: 'Build Etude: npm run build' });
  return { url, child };
}

async function startPeer(model: string): Promise<Server> {
  const port = 20_000 + (process.pid % 20_000);
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    OMP_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
    TQDM_DISABLE: '1',
  };
  const args = [PEER, model, String(port), String(threads)];
  const child = spawn(values.python, args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  for (;;) {
    const versions = await fetch(`${url}/health`).then(
      (answer) => answer.json(),
      () => undefined,
    );
    if (versions !== undefined) {
      console.log(`peer: FastAPI, uvicorn, ${JSON.stringify(versions)}`);
      return { url, child };
    }
    if (child.exitCode !== null)
      throw new EtudeError('the peer does not start', {
        hint: `Install the packages: ${values.python} -m pip install -r bench/requirements.txt`,
      });
    await setTimeout(100);
  }
}

async function stop({ child }: Server): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'close');
}
