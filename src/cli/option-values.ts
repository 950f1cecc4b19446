import { InvalidArgumentError } from 'commander';
import { parseDevice } from '../project/choices.js';
import { EtudeError } from '../util/errors.js';

/** The name of a device, checked. */
export function device(name: string): string {
  try {
    return parseDevice(name);
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    throw new InvalidArgumentError(`Expected ${error.expected}.${error.hint ? ` ${error.hint}` : ''}`);
  }
}

/** Collects the values of an option that may be given several times. */
export function collect(value: string, values: string[] = []): string[] {
  return [...values, value];
}

/** An integer from 1. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Expected a whole number of at least 1.');
  return Number(text);
}

/** A fraction from 0 to 1. */
export function fraction(text: string): number {
  const value = Number(text);
  if (!/^\d(\.\d{1,9})?$/.test(text) || value > 1)
    throw new InvalidArgumentError('Expected a number from 0 to 1.');
  return value;
}

const DTYPES = ['fp32', 'fp16', 'q8', 'q4'] as const;

/** Data types of an export, each once. */
export function dtypes(text: string): (typeof DTYPES)[number][] {
  const names = new Set(text.split(',').map((name) => name.trim()));
  const known = DTYPES.filter((name) => names.has(name));
  if (known.length < names.size)
    throw new InvalidArgumentError(`Expected ${DTYPES.join(', ')}, separated by commas.`);
  return known;
}

/** A number of updates, which may be none, or that of a shard, from 0. */
export function steps(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('Expected a whole number, from 0 to 9999.');
  return Number(text);
}

/** Seconds, at least a tenth of one. */
export function seconds(text: string): number {
  if (!/^\d{1,5}(\.\d+)?$/.test(text) || Number(text) < 0.1)
    throw new InvalidArgumentError('Expected seconds, from 0.1 to 99999.');
  return Number(text);
}

/** Milliseconds, up to 10 s. */
export function milliseconds(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 10_000)
    throw new InvalidArgumentError('Expected milliseconds, from 0 to 10000.');
  return Number(text);
}

/** A port of TCP; 0: any that is free. */
export function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('Expected a port, from 0 to 65535.');
  return Number(text);
}

/** The number of a row, from 0. */
export function row(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected the number of a row, from 0.');
  return Number(text);
}

/** A number of rows, or `all`. */
export function rows(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY;
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number, or all.');
  return Number(text);
}

/** Bytes, from `500MB` (powers of 1000) or `2GiB` (of 1024). */
export function size(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kMGT]?)(i?)B?$/i.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected a size, such as 500MB or 10GB.');
  const [, number = '', unit = '', binary = ''] = match;
  return Math.floor(
    Number(number) * (binary ? 1024 : 1000) ** ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase()),
  );
}

const HOURS: Record<string, number> = { h: 1, d: 24, w: 7 * 24 };

/** Milliseconds, from `12h`, `30d` or `2w`. */
export function age(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([hdw])$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected an age, such as 12h, 30d or 2w.');
  return Number(match[1]) * (HOURS[match[2] ?? ''] ?? 0) * 3_600_000;
}
