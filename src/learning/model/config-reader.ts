import { EtudeError } from '../../util/etude-error.js';

/** No size in any model is larger; a file that says so would have all memory taken for it. */
const MAX_SIZE = 2 ** 16;

/** Reads values of a `config.json`; each throws an EtudeError for one that does not fit. */
export type ConfigReader = ReturnType<typeof configReader>;

/**
 * @param raw The file's values; null counts as absent.
 * @param file Its name, for messages.
 */
export function configReader(raw: Readonly<Record<string, unknown>>, file: string) {
  function get<T>(
    key: string,
    fallback: T | undefined,
    expected: string,
    valid: (value: unknown) => boolean,
  ): T {
    const value = raw[key] ?? fallback;
    if (!valid(value)) {
      throw new EtudeError(`unsupported value of '${key}' in the model configuration`, {
        expected,
        got: value === undefined ? 'nothing' : JSON.stringify(value),
        where: { file },
      });
    }
    return value as T;
  }
  const isInteger = (minimum: number) => (value: unknown) =>
    Number.isInteger(value) && (value as number) >= minimum && (value as number) <= MAX_SIZE;
  return {
    /** Whether the file says null, where that is not the same as nothing. */
    isNull: (key: string) => raw[key] === null,
    integer: (key: string, fallback: number, minimum: number) =>
      get<number>(key, fallback, `a whole number from ${minimum} to ${MAX_SIZE}`, isInteger(minimum)),
    integers: (key: string, fallback: number[]) =>
      get<number[]>(
        key,
        fallback,
        `a list of whole numbers from 1 to ${MAX_SIZE}`,
        (v) => Array.isArray(v) && v.every(isInteger(1)),
      ),
    number: (key: string, fallback: number) =>
      get<number>(
        key,
        fallback,
        'a number above 0',
        (v) => typeof v === 'number' && v > 0 && Number.isFinite(v),
      ),
    probability: (key: string, fallback: number) =>
      get<number>(key, fallback, 'a number from 0 to 1', (v) => typeof v === 'number' && v >= 0 && v <= 1),
    boolean: (key: string, fallback: boolean) =>
      get<boolean>(key, fallback, 'true or false', (v) => typeof v === 'boolean'),
    choice: <T extends string>(
      key: string,
      fallback: string | undefined,
      choices: Readonly<Record<string, T>>,
    ): T =>
      choices[
        get<string>(
          key,
          fallback,
          Object.keys(choices).join(', '),
          (v) => typeof v === 'string' && Object.hasOwn(choices, v),
        )
      ]!,
  };
}
