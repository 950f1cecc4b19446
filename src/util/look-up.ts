/**
 * What a record has under a name that comes from outside: `toString` and `__proto__` are names like any
 * other.
 */
export function lookUp<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
