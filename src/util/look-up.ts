/**
 * What a record has under a name that comes from outside; `toString` and `__proto__` get no special meaning.
 */
export function lookUp<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
