const LONGEST = 60;

/** A value as messages quote it: `string 'fast'`, `number 3`, `list of 2`, `map`, `null`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return `string ${quote(value)}`;
  if (Array.isArray(value)) return value.length === 0 ? 'empty list' : `list of ${value.length}`;
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'empty map' : 'map';
  return `${typeof value} ${String(value)}`;
}

/** The word in quotes, shortened when it is very long. */
export function quote(word: string): string {
  const line = word.replaceAll(/\s+/g, ' ');
  return `'${line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line}'`;
}

const WORDS: Record<string, [one: string, many: string]> = {
  string: ['string', 'strings'],
  number: ['number', 'numbers'],
  integer: ['integer', 'integers'],
  boolean: ['true or false', 'true or false'],
  array: ['list', 'lists'],
  object: ['map', 'maps'],
  null: ['null', 'nulls'],
};

/**
 * What a JSON Schema requires, in a few words: `integer`, `one of no, steps, epoch`, `string or list of
 * strings`.
 */
export function describeSchema(schema: unknown, root?: unknown, many = false): string {
  if (schema === null || typeof schema !== 'object') return 'something else';
  const node = schema as Record<string, unknown>;
  if (typeof node.$ref === 'string') return describeSchema(resolveRef(node.$ref, root), root, many);
  if (typeof node.pattern === 'string' && typeof node.$comment === 'string') return node.$comment;
  if ('const' in node) return describeConstant(node.const);
  if (Array.isArray(node.enum)) {
    const words = node.enum.map(describeConstant);
    return words.length === 1 ? words[0]! : `one of ${words.join(', ')}`;
  }
  const branches = node.anyOf ?? node.oneOf;
  if (Array.isArray(branches)) return orList(branches.map((branch) => describeSchema(branch, root, many)));
  const types = Array.isArray(node.type) ? node.type.filter((type) => type !== 'null') : [node.type];
  return orList(types.map((type) => describeType(String(type), node, root, many)));
}

function describeType(type: string, node: Record<string, unknown>, root: unknown, many: boolean): string {
  const words = WORDS[type];
  if (words === undefined) return 'something else';
  const word = many ? words[1] : words[0];
  const items = node.items;
  if (type === 'array' && items !== null && typeof items === 'object' && !Array.isArray(items)) {
    return `${word} of ${describeSchema(items, root, true)}`;
  }
  const values = node.additionalProperties;
  if (type === 'object' && node.properties === undefined && values !== null && typeof values === 'object') {
    const inner = describeSchema(values, root, true);
    return inner === 'maps' ? word : `${word} of ${inner}`;
  }
  return word;
}

function describeConstant(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function orList(parts: string[]): string {
  const unique = [...new Set(parts)];
  return unique.length < 2 ? (unique[0] ?? '') : `${unique.slice(0, -1).join(', ')} or ${unique.at(-1)}`;
}

/** A local `#/…` reference; anything else is not followed. */
export function resolveRef(ref: string, root: unknown): unknown {
  if (!ref.startsWith('#/')) return undefined;
  return atPointer(ref.slice(1).split('/').map(decodeURIComponent).join('/'), root);
}

/** The value at a JSON pointer (`/a/0`), or `undefined`. */
export function atPointer(pointer: string, root: unknown): unknown {
  let node: unknown = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (node === null || typeof node !== 'object' || !Object.hasOwn(node, key)) return undefined;
    node = (node as Record<string, unknown>)[key];
  }
  return node;
}
