import { count } from '../../util/words.js';
import { ParameterError } from './parameter-error.js';

/** Rows `[start, end)` of a split of the source. */
export interface SplitSlice {
  split: string;
  start: number;
  end: number;
}

interface Instruction {
  split: string;
  from?: number;
  to?: number;
  percent: boolean;
  rounding: 'closest' | 'pct1_dropremainder';
}

const pattern =
  /^(?<split>[\w-]+(?:\.[\w-]+)*)(?:\[(?:(?<from>-?[\d_]+)(?<fromPct>%)?)?:(?:(?<to>-?[\d_]+)(?<toPct>%)?)?\])?(?:\((?<rounding>[^)]*)\))?$/;

/**
 * Name of the split that an expression results in: `train` for `train[:100]`, `train+test` for a sum of two.
 */
export function splitName(spec: string): string {
  return [...new Set(parse(spec).map(({ split }) => split))].join('+');
}

/** The splits that an expression names. */
export function splitsNamed(spec: string): string[] {
  return parse(spec).map(({ split }) => split);
}

/**
 * The rows that a split expression of Hugging Face datasets names (ReadInstruction: `train`, `train[:100]`,
 * `train[10%:20%]`, `train[-50:]`, `train+test[:5%](pct1_dropremainder)`), given the number of rows of each
 * split. Percentages round to the closest row, halves to even, as in Python. An expression of another form,
 * or of an unknown split, is an EtudeError.
 */
export function resolveSplit(spec: string, numRows: Readonly<Record<string, number>>): SplitSlice[] {
  return parse(spec).map((instruction) => {
    const { split, percent, rounding } = instruction;
    if (!Object.hasOwn(numRows, split)) {
      throw new ParameterError('split', `no split '${split}' in the dataset`, {
        wrong: split,
        names: Object.keys(numRows),
      });
    }
    const n = numRows[split]!;
    const bound = (value: number | undefined, absent: number): number => {
      const row = value === undefined ? absent : percent ? percentOf(value, n, rounding) : value;
      return Math.min(row < 0 ? Math.max(n + row, 0) : row, n);
    };
    const start = bound(instruction.from, 0);
    return { split, start, end: Math.max(bound(instruction.to, n), start) };
  });
}

function parse(spec: string): Instruction[] {
  return spec.split(/\s*\+\s*/).map((part) => {
    const groups = pattern.exec(part)?.groups;
    if (groups === undefined) {
      throw new ParameterError('split', `not a split expression: '${spec}'`, {
        expected: 'train, train[:100], train[10%:20%], train+test, …',
      });
    }
    const { split, from, to, fromPct, toPct, rounding = 'closest' } = groups;
    const percent = fromPct !== undefined || toPct !== undefined;
    const bounds = [from, to].map((bound) =>
      bound === undefined ? undefined : Number(bound.replaceAll('_', '')),
    );
    if (percent && bounds.some((bound) => bound !== undefined && Math.abs(bound) > 100)) {
      throw new ParameterError('split', `a percentage out of range in '${part}'`, {
        expected: '-100% to 100%',
      });
    }
    if (rounding !== 'closest' && rounding !== 'pct1_dropremainder') {
      throw new ParameterError('split', `unknown rounding in '${part}'`, {
        expected: 'closest or pct1_dropremainder',
        got: rounding,
      });
    }
    return { split: split!, from: bounds[0], to: bounds[1], percent, rounding };
  });
}

function percentOf(percent: number, n: number, rounding: Instruction['rounding']): number {
  if (rounding === 'closest') return roundHalfToEven((percent * n) / 100);
  if (n < 100)
    throw new ParameterError('split', 'pct1_dropremainder needs a split of at least 100 rows', {
      got: count(n, 'row'),
    });
  return percent * Math.trunc(n / 100);
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
