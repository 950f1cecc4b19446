/**
 * How accurate models are that Etude trains, against transformers' Trainer and PEFT with the same clips,
 * checkpoint and parameters: the embedded sample, the trainings of `bench/accuracy.yaml`.
 *
 *   node --import tsx bench/accuracy.ts --python PYTHON [--seeds 1,2,3] [--ways full,lora] [--results FILE]
 *
 * Prints mean, standard deviation and every value of the accuracy of each evaluation, and the mean difference
 * for the same seed with its standard error. Random numbers differ, so that two trainings with the same seed
 * differ like two seeds. Etude's trainings are kept in the cache, the others in FILE; both go on where they
 * were stopped. About an hour of one core. Run it after `npm run build`.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { EtudeError } from '../src/util/errors.js';
import { runBench } from './pairs.js';
import { type Peer, startPeer } from './peer.js';
import { differenceLine, spreadLine } from './spread.js';

interface Stage {
  uses: string;
  from?: string | Record<string, string>;
  with: Record<string, unknown>;
}
type Scores = Record<string, number>;
/** A training of the peer, and what it scored. */
interface Trained {
  work: object;
  scores: Scores;
}

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    seeds: { type: 'string', default: '1,2,3' },
    ways: { type: 'string' },
    results: { type: 'string' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const seeds = values.seeds.split(',').map(Number);
const known: Trained[] =
  values.results !== undefined && existsSync(values.results)
    ? readFileSync(values.results, 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
let peer: Peer | undefined;

await runBench(async () => {
  const trainings = stagesOf(seeds[0]!, 'train');
  const ways = values.ways?.split(',') ?? Object.keys(trainings);
  // A frozen layer of Etude's is one in evaluation mode; most people leave dropout and SpecAugment on.
  const isFrozen = (way: string) => Number(trainings[way]?.with.freeze_layers) > 0;
  await compare(ways.map((way) => ({ name: way, way, dropout: !isFrozen(way) })));
  await compare(
    ways.filter(isFrozen).map((way) => ({ name: `${way}, dropout on in Python`, way, dropout: true })),
  );
  await peer?.close();
});

/** Trains in several ways, seed by seed, and prints what was scored, at the end with the spread. */
async function compare(trials: readonly { name: string; way: string; dropout: boolean }[]): Promise<void> {
  const rows = trials.map((trial) => ({ ...trial, ours: [] as Scores[], theirs: [] as Scores[] }));
  for (const seed of seeds)
    for (const { name, way, dropout, ours, theirs } of rows) {
      const { scores, work } = await ownScores(way, seed);
      ours.push(scores);
      theirs.push(await peerScores({ ...work, dropout }, seed));
      console.log(`${name}, seed ${seed}: ${JSON.stringify({ etude: scores, python: theirs.at(-1) })}`);
    }
  for (const { name, ours, theirs } of rows)
    for (const split of Object.keys(ours[0]!)) {
      const of = (all: readonly Scores[]) => all.map((scores) => scores[split]!);
      console.log(`${name}, ${split}: Etude ${spreadLine(of(ours))}, Python ${spreadLine(of(theirs))}`);
      console.log(`  difference ${differenceLine(of(ours), of(theirs))}`);
    }
}

/** What Etude scores in one way of training, and what the peer has to do for the same. */
async function ownScores(way: string, seed: number): Promise<{ scores: Scores; work: object }> {
  const { with: params } = stagesOf(seed, 'train')[way]!;
  const evaluations = Object.entries(stagesOf(seed, 'evaluate'));
  const [id, evaluation] = evaluations.find(
    ([, { from }]) => (from as Record<string, string>).model === way,
  )!;
  const splits = [evaluation.with.split].flat() as string[];
  const { metrics } = JSON.parse(etude(seed, id, '--json', '--no-lock', '--jobs', '1')) as {
    metrics: Scores;
  };
  const scores = Object.fromEntries(splits.map((split) => [split, metrics[`${split}_accuracy`]!]));
  return { scores, work: { params, splits } };
}

/** Runs a stage of the recipe, and returns what it printed. */
function etude(seed: number, ...args: string[]): string {
  const main = `${root}dist/src/cli/main.cjs`;
  const recipe = ['run', 'bench/accuracy.yaml', '--set', `train_seed=${seed}`, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...recipe], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new EtudeError(`etude ${recipe.join(' ')} failed`, { got: stderr || stdout });
  return stdout;
}

/** The recipe's stages of a type, with all their parameters. */
function stagesOf(seed: number, uses: string): Record<string, Stage> {
  const { stages } = parse(etude(seed, '--print-recipe')) as { stages: Record<string, Stage> };
  return Object.fromEntries(Object.entries(stages).filter(([, stage]) => stage.uses === uses));
}

/** What the peer scores with these parameters; it starts when it is first needed. */
async function peerScores(work: object, seed: number): Promise<Scores> {
  const kept = known.find((each) => JSON.stringify(each.work) === JSON.stringify(work));
  if (kept !== undefined) return kept.scores;
  if (peer === undefined) {
    peer = await startPythonPeer(seed);
    console.log(`peer: ${JSON.stringify(peer.about)}`);
  }
  const { scores } = (await peer.request(work)) as unknown as { scores: Scores };
  if (values.results !== undefined)
    appendFileSync(values.results, `${JSON.stringify({ work, scores } satisfies Trained)}\n`);
  return scores;
}

function startPythonPeer(seed: number): Promise<Peer> {
  const only = (uses: string) => Object.values(stagesOf(seed, uses))[0]!.with;
  const [{ path }, { test_size, seed: split_seed }] = [only('load'), only('split')];
  const { feature_extractor: checkpoint, max_length } = only('map-preprocess');
  const threads = availableParallelism();
  return startPeer('accuracy', {
    python: values.python,
    setup: {
      ...{ threads, test_size, split_seed, max_length },
      data: `${root}${path}`,
      checkpoint: `${root}${checkpoint}`,
    },
    env: { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
  });
}
