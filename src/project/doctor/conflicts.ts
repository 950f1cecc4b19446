import { createHash, type Hash } from 'node:crypto';
import { openDataset } from '../../learning/data/dataset.js';
import { formatBytes } from '../../terminal/format.js';
import { count } from '../../util/words.js';
import { type Finding, fine, problem, unchecked } from './finding.js';
import type { TrainingFacts } from './training-facts.js';

/** More is not read for this. Bytes. */
const MOST_BYTES = 2e9;
/** A few clips with two labels keep nothing from being learned. */
const TOLERATED = 0.01;

/**
 * Looks for clips to train on that are the same to the model, bit by bit, but have different labels: noise
 * that no model can learn away.
 */
export async function checkConflicts({
  params,
  labelled,
  input,
  shown,
}: Pick<TrainingFacts, 'params' | 'labelled' | 'input' | 'shown'>): Promise<Finding> {
  if ('missing' in labelled) return unchecked('conflicts', labelled.missing, labelled.advice);
  const { stage, dataset, objects } = input!;
  const { train_split, input_column } = params;
  const bytes = dataset.chunks.reduce((sum, { columns }) => sum + columns[input_column]!.size, 0);
  if (bytes > MOST_BYTES)
    return unchecked('conflicts', `the clips are ${formatBytes(bytes)}, too many to compare`);
  const reader = openDataset(dataset, objects);
  const clips = reader.num_rows(train_split);
  const width = labelled.train.labels.length / Math.max(1, clips);
  const first = new Map<string, number>();
  const conflicts: [row: number, before: number][] = [];
  const labelsOf = (row: number) => labelled.train.labels.slice(row * width, (row + 1) * width).join(' ');
  for (let row = 0; row < clips; row += 1) {
    const hash = createHash('sha256');
    addTo(hash, await reader.value(train_split, input_column, row));
    const digest = hash.digest('base64');
    const before = first.get(digest);
    if (before === undefined) first.set(digest, row);
    else if (labelsOf(before) !== labelsOf(row)) conflicts.push([row, before]);
  }
  const found = `${conflicts.length} of ${count(clips, 'clip')} of split '${train_split}' are the same to the model as one with another label`;
  const [pair] = conflicts;
  if (pair === undefined || conflicts.length <= TOLERATED * clips) return fine('conflicts', found);
  return problem(
    'conflicts',
    `${found}, such as rows ${pair[1]} and ${pair[0]}`,
    `Listen to both (etude play ${shown} ${stage} ${pair[0]} --split ${train_split}): if they are copies, remove the wrong ones; if they differ, what the model hears of them does not (silence, or too short a max_length).`,
  );
}

/** Numbers, or lists of them. */
function addTo(hash: Hash, value: unknown): void {
  if (ArrayBuffer.isView(value))
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  else if (Array.isArray(value)) for (const each of value) addTo(hash, each);
  else hash.update(Float64Array.of(Number(value)));
}
