import { EtudeError } from './errors.js';
import { sha256 } from './sha256.js';

/**
 * JSON text that is the same for equal values: keys sorted by UTF-16 code units, numbers as ECMAScript writes
 * them, no white space (RFC 8785). A property whose value is `undefined` is absent, as in JSON. What has no
 * JSON form (NaN, functions, class instances, cycles) is an EtudeError that names the place, never a guess: a
 * fingerprint must not be random.
 */
export function canonicalJson(value: unknown): string {
  return write(value, [], new Set());
}

/** SHA-256 of a value's canonical JSON. */
export function digestOfJson(value: unknown): string {
  return sha256(canonicalJson(value));
}

function write(value: unknown, path: (string | number)[], open: Set<object>): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw unfit(path, String(value));
      return JSON.stringify(value);
    case 'object':
      if (value === null) return 'null';
      break;
    default:
      throw unfit(path, typeof value);
  }
  if (open.has(value)) throw unfit(path, 'a value that contains itself');
  open.add(value);
  const text = Array.isArray(value) ? writeArray(value, path, open) : writeObject(value, path, open);
  open.delete(value);
  return text;
}

function writeArray(items: unknown[], path: (string | number)[], open: Set<object>): string {
  let text = '';
  for (let i = 0; i < items.length; i++) {
    path.push(i);
    text += `${i === 0 ? '' : ','}${write(items[i], path, open)}`;
    path.pop();
  }
  return `[${text}]`;
}

function writeObject(value: object, path: (string | number)[], open: Set<object>): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw unfit(path, `a ${(value.constructor as { name?: string } | undefined)?.name ?? 'special object'}`);
  }
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    path.push(key);
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${write(member, path, open)}`;
    path.pop();
  }
  return `{${text}}`;
}

function unfit(path: (string | number)[], got: string): EtudeError {
  const place = path.length === 0 ? 'the value' : path.join('.');
  return new EtudeError(`${place} cannot be written as JSON`, {
    expected: 'JSON (finite numbers, text, lists, maps)',
    got,
  });
}
