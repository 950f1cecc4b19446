import { EtudeError } from '../../../util/etude-error.js';

/** Reads the values of a `preprocessor_config.json`; null counts as absent. */
export type ConfigValues = ReturnType<typeof configValues>;

/** @param file where it came from, for messages */
export function configValues(given: Readonly<Record<string, unknown>>, file?: string) {
  const get = <T>(key: string, fallback: T, expected: string, valid: (value: unknown) => boolean): T => {
    const value = given[key] ?? fallback;
    if (!valid(value)) throw wrongValue(key, expected, value, file);
    return value as T;
  };
  return {
    boolean: (key: string, fallback: boolean) =>
      get<boolean>(key, fallback, 'true or false', (value) => typeof value === 'boolean'),
    number: (key: string, fallback: number) => get<number>(key, fallback, 'a number', Number.isFinite),
    /** A whole number from 1 on, at most `most`. */
    count: (key: string, fallback: number, most: number, what = 'a positive whole number') =>
      get<number>(
        key,
        fallback,
        most === Number.POSITIVE_INFINITY ? what : `a whole number from 1 to ${most}`,
        (value) => Number.isInteger(value) && (value as number) > 0 && (value as number) <= most,
      ),
    /** One of a few values; all others are refused. */
    one: <T extends string | number>(key: string, values: readonly [T, ...T[]], expected: string) =>
      get<T>(key, values[0], expected, (value) => values.includes(value as T)),
  };
}

/** The error for a value. */
export function wrongValue(
  what: string,
  expected: string,
  got: unknown,
  file: string | undefined,
): EtudeError {
  return new EtudeError(what, {
    expected,
    got: JSON.stringify(got),
    where: file === undefined ? undefined : { file },
  });
}
