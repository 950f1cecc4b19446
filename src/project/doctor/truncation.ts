import { formatNumber, formatPercent } from '../../terminal/format.js';
import { type Finding, fine, problem, unchecked } from './finding.js';
import type { Heard } from './heard.js';
import type { TrainingFacts } from './training-facts.js';

/** Less of the audio than this is too little. */
const LEAST_HEARD = 0.75;
/** The share of clips that the advice hears to the end. */
const MOST_CLIPS = 0.95;

/** Compares how long clips are with how much of each the feature extractor keeps. */
export function checkTruncation({ heard }: Pick<TrainingFacts, 'heard'>): Finding {
  if ('missing' in heard) return unchecked('truncation', heard.missing, heard.advice);
  const { seconds, limit } = heard;
  const sorted = seconds.toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1]!;
  const total = sorted.reduce((sum, each) => sum + each, 0);
  const kept = sorted.reduce((sum, each) => sum + Math.min(each, limit), 0);
  const length = `clips last ${formatNumber(median)} s (median)`;
  if (kept === total) return fine('truncation', `${length}, and the model hears all of each`);
  const share = kept / total;
  const found = `${length}, and the model hears the first ${formatNumber(limit)} s of each: ${formatPercent(share)} of the audio`;
  if (share >= LEAST_HEARD) return fine('truncation', found);
  return problem(
    'truncation',
    found,
    adviceFor(heard, sorted[Math.floor(MOST_CLIPS * (sorted.length - 1))]!),
  );
}

function adviceFor({ stage, unit }: Heard, needed: number): string {
  const cut = 'cut the clips into windows with a window stage before it';
  if (unit === undefined) return `The feature extractor has a fixed length: ${cut}.`;
  const length = Math.ceil((needed * unit.perSecond) / unit.multiple) * unit.multiple;
  return `Set max_length of '${stage}' to ${length}, which hears ${100 * MOST_CLIPS} % of the clips to the end, or ${cut}.`;
}
