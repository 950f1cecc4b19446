import { type Attribute, type AttributeSet, type Constant, type ElementType, Value } from './value.js';

/*
 * Attributes and constants are part of a graph's structure, and structures are compared at every run.
 * Interning reduces that to comparing small integers.
 */

/**
 * Tables are emptied at this size, because a program that keeps making new constants must not grow forever.
 */
const CAPACITY = 20_000;

const attributeSets = new Map<string, AttributeSet>();
const constants = new Map<string, Value>();
let nextId = 1;

/** The one AttributeSet equal to `attributes`. */
export function intern(attributes: Readonly<Record<string, Attribute>>): AttributeSet {
  let key = '';
  for (const name in attributes) {
    const value = attributes[name]!;
    key += typeof value === 'number' ? `${name}=${value};` : spell(name, value);
  }
  let set = attributeSets.get(key);
  if (!set) {
    if (attributeSets.size >= CAPACITY) attributeSets.clear();
    set = { id: nextId++, entries: Object.entries(attributes) };
    attributeSets.set(key, set);
  }
  return set;
}

function spell(name: string, value: Attribute): string {
  if (typeof value === 'string') return `${name}="${value}";`;
  if (typeof value === 'object' && 'float' in value) return `${name}=f${value.float};`;
  return `${name}=[${String(value)}];`;
}

/** The one constant Value of this type, shape and content. */
export function internConstant(
  dtype: ElementType,
  shape: readonly number[],
  values: readonly number[],
): Value {
  // -0 and 0 print the same but are different floats.
  const content = values.length === 1 && Object.is(values[0], -0) ? '-0' : values.join(',');
  const key = `${dtype}[${shape.join(',')}]${content}`;
  let value = constants.get(key);
  if (!value) {
    if (constants.size >= CAPACITY) constants.clear();
    value = new Value(shape, dtype);
    value.constant = { id: nextId++, bytes: encode(dtype, values) } satisfies Constant;
    constants.set(key, value);
  }
  return value;
}

function encode(dtype: ElementType, values: readonly number[]): Uint8Array {
  switch (dtype) {
    case 'float32':
      return new Uint8Array(Float32Array.from(values).buffer);
    case 'int32':
      return new Uint8Array(Int32Array.from(values).buffer);
    case 'bool':
      return Uint8Array.from(values);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(values, (v) => BigInt(v)).buffer);
  }
}
