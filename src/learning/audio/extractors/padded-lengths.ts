import type { ExtractOptions, OptionProblem } from './extractor.js';

/** True if the result of a clip depends on the other clips of its batch. */
export function padsToLongest({ padding }: ExtractOptions): boolean {
  return padding === true || padding === 'longest';
}

/** A length, or the next multiple. */
export function roundUp(length: number, multiple: number | undefined): number {
  return multiple === undefined ? length : Math.ceil(length / multiple) * multiple;
}

/**
 * Problems of options that need a `max_length`.
 *
 * @param expected What it is.
 * @param most The largest that is allowed.
 */
export function lengthProblems(
  { truncation, padding, max_length }: ExtractOptions,
  expected: string,
  most = Number.POSITIVE_INFINITY,
): OptionProblem[] {
  if (max_length !== undefined)
    return max_length <= most ? [] : [{ option: 'max_length', message: 'max_length is too large', expected }];
  return [
    ...(truncation
      ? [{ option: 'truncation' as const, message: 'truncation needs max_length', expected }]
      : []),
    ...(padding === 'max_length'
      ? [{ option: 'padding' as const, message: "padding 'max_length' needs max_length", expected }]
      : []),
  ];
}
