import { SHORTEST_WINDOW } from '../../learning/audio/clip-windows.js';
import type { Activation } from '../../learning/predict/scores.js';
import type { Aggregate } from '../../learning/training/aggregate.js';
import { suggest } from '../../util/suggest.js';
import { Refusal } from '../refusal.js';

/** What is asked about clips: by the names of Hugging Face's inference API, and those of `etude predict`. */
export interface Question {
  /** The most classes of an answer. Default 5. */
  top_k: number;
  /** How logits become scores. Default: what the model was trained for. */
  function_to_apply?: Activation;
  /** Seconds: clips are cut into windows of this length. Default: not at all. */
  window_length?: number;
  /** Seconds from the start of a window to that of the next. Default: `window_length`. */
  hop_length?: number;
  /** How the windows of a clip become one answer. Default `mean_logits`. */
  aggregate?: Aggregate;
}

export const FUNCTIONS: readonly Activation[] = ['softmax', 'sigmoid', 'none'];
export const AGGREGATES: readonly Aggregate[] = ['mean_logits', 'max', 'vote'];
export const DEFAULT_TOP_K = 5;

const READERS: { [Name in keyof Required<Question>]: (value: unknown) => Required<Question>[Name] } = {
  top_k(value) {
    const number = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value;
    if (!Number.isInteger(number) || (number as number) < 1)
      throw new Refusal(400, "'top_k' is not a whole number of at least 1");
    return number as number;
  },
  function_to_apply: (value) => oneOf(FUNCTIONS, value, 'function_to_apply'),
  window_length: (value) => secondsIn(value, 'window_length'),
  hop_length: (value) => secondsIn(value, 'hop_length'),
  aggregate: (value) => oneOf(AGGREGATES, value, 'aggregate'),
};
const PARAMETERS = Object.keys(READERS);

/**
 * Reads parameters by name, where text stands for a number, too. Of several lists, the last one counts.
 *
 * @throws Refusal for parameters that do not exist, and values that they cannot have
 */
export function readQuestion(...lists: readonly (readonly (readonly [string, unknown])[])[]): Question {
  const question: Record<string, unknown> = { top_k: DEFAULT_TOP_K };
  for (const [name, value] of lists.flat()) {
    if (!PARAMETERS.includes(name)) throw unknown(name);
    // As a client writes what it leaves open.
    if (value !== null) question[name] = READERS[name as keyof Question](value);
  }
  const other = ['hop_length', 'aggregate'].find((name) => name in question);
  if (other !== undefined && !('window_length' in question))
    throw new Refusal(400, `'${other}' needs 'window_length', a number of seconds`);
  return question as unknown as Question;
}

function secondsIn(value: unknown, name: string): number {
  const number = typeof value === 'string' && /^\d{1,9}(\.\d{1,9})?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= SHORTEST_WINDOW && number < Number.POSITIVE_INFINITY))
    throw new Refusal(400, `'${name}' is not a number of seconds, from ${SHORTEST_WINDOW}`);
  return number;
}

function oneOf<T extends string>(values: readonly T[], value: unknown, name: string): T {
  const found = values.find((each) => each === value);
  if (found === undefined) throw new Refusal(400, `'${name}' is unknown: expected ${values.join(', ')}`);
  return found;
}

function unknown(name: string): Refusal {
  const close = suggest(name, PARAMETERS);
  const hint = close === undefined ? `expected ${PARAMETERS.join(', ')}` : `did you mean '${close}'?`;
  return new Refusal(400, `unknown parameter '${name.slice(0, 40)}': ${hint}`);
}
