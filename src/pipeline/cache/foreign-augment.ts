import { type Found, map, text, wholeNumber } from '../../stage/artifact-shape.js';
import { EtudeError } from '../../util/errors.js';

/** Samples, or frames: more than any clip has. */
const LONGEST = 2 ** 30;

/** dB. */
const LOUDEST = 120;

/** The most speeds to draw from, and by how much they differ from 1. */
const MOST_SPEEDS = 8;
const SLOWEST = 0.5;
const FASTEST = 2;

/** Checks how a column of somebody else's dataset was extracted: a training repeats it. */
export function checkExtracted({ column, config, options }: Found, place: string): void {
  text(column, `${place}.column`);
  map(config, `${place}.config`);
  const lengths = map(options, `${place}.options`);
  for (const name of ['max_length', 'pad_to_multiple_of']) {
    const length = lengths[name];
    if (length === undefined) continue;
    wholeNumber(length, `${place}.options.${name}`);
    if ((length as number) > LONGEST || length === 0)
      throw wrong(`${place}.options.${name}`, `from 1 to ${LONGEST}`, length);
  }
}

/** Checks the changes to clips in somebody else's dataset: a training makes them. */
export function checkAugment({ column, seed, changes }: Found, place: string): void {
  text(column, `${place}.column`);
  wholeNumber(seed, `${place}.seed`);
  const { speed, ...others } = map(changes, `${place}.changes`);
  if (speed !== undefined) {
    const { factors, ...rest } = map(speed, `${place}.changes.speed`);
    const isFit = (factor: unknown) => Number(factor) >= SLOWEST && Number(factor) <= FASTEST;
    const count = Array.isArray(factors) ? factors.length : 0;
    if (!Array.isArray(factors) || count === 0 || count > MOST_SPEEDS || !factors.every(isFit))
      throw wrong(
        `${place}.changes.speed.factors`,
        `${SLOWEST} to ${FASTEST}, ${MOST_SPEEDS} at most`,
        factors,
      );
    checkValues(rest, `${place}.changes.speed`);
  }
  for (const [name, change] of Object.entries(others)) checkValues(change, `${place}.changes.${name}`);
}

function checkValues(change: unknown, place: string): void {
  for (const [name, value] of Object.entries(map(change, place))) {
    if (typeof value === 'boolean' || typeof value === 'string') continue;
    const isFit = Number.isFinite(value) && (!name.endsWith('_db') || Math.abs(value as number) <= LOUDEST);
    if (!isFit) throw wrong(`${place}.${name}`, 'a number within its limits', value);
  }
}

function wrong(place: string, expected: string, got: unknown): EtudeError {
  return new EtudeError(`wrong value at ${place}`, { expected, got: String(got).slice(0, 200) });
}
