import { count } from '../../../util/words.js';
import type { BatchPlace } from './messages.js';
import type { ArrowField, ArrowType } from './schema.js';

/**
 * Values of one column of a batch: bigint for 64-bit integers, objects for structs, typed arrays or arrays
 * for lists, null.
 */
export interface Values {
  length: number;
  get(i: number): unknown;
  /** The numbers themselves, if there is no null among them. */
  numbers?: Exclude<NumberArray, BigInt64Array | BigUint64Array>;
}

type NumberArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Bytes of buffer `i` of the batch. */
type ReadBuffer = (i: number) => Promise<Uint8Array<ArrayBuffer>>;

/**
 * Reads the columns that `wanted` names, and no bytes of the others. Lengths, offsets and nulls are checked
 * against the buffers, so that no value can be outside them; a mismatch is an Error.
 */
export async function readBatch(
  batch: BatchPlace,
  fields: readonly ArrowField[],
  wanted: ReadonlySet<string>,
  readBuffer: ReadBuffer,
): Promise<Map<string, Values>> {
  const cursor = new Cursor(batch, readBuffer);
  const columns = new Map<string, Values>();
  for (const field of fields) {
    if (!wanted.has(field.name)) cursor.skip(field.type);
    else {
      const values = await cursor.read(field.type);
      if (values.length !== batch.rows)
        throw new Error(
          `${count(values.length, 'value')} of column '${field.name}' in ${count(batch.rows, 'row')}`,
        );
      columns.set(field.name, values);
    }
  }
  return columns;
}

/** Steps through nodes and buffers in the depth-first order in which Arrow lists them. */
class Cursor {
  private node = 0;
  private buffer = 0;

  constructor(
    private readonly batch: BatchPlace,
    private readonly readBuffer: ReadBuffer,
  ) {}

  skip(type: ArrowType): void {
    this.node += 1;
    this.buffer += type.kind === 'other' ? type.buffers : ownBuffers[type.kind];
    for (const child of childrenOf(type)) this.skip(child.type);
  }

  async read(type: ArrowType): Promise<Values> {
    const node = this.batch.nodes[this.node++];
    if (node === undefined) throw new Error('too few columns in a record batch');
    const [length, nulls] = node;
    const validity = await this.next();
    if (nulls > 0 && validity.length * 8 < length) throw new Error('too few validity bits');
    const isNull = (i: number) => nulls > 0 && (validity[i >> 3]! & (1 << (i & 7))) === 0;
    const values = await this.readContent(type, length, nulls);
    const { get } = values;
    return nulls === 0 ? values : { length, get: (i) => (isNull(i) ? null : get(i)) };
  }

  private async readContent(type: ArrowType, length: number, nulls: number): Promise<Values> {
    switch (type.kind) {
      case 'int':
      case 'float': {
        const numbers = numbersOf(type, await this.next(), length);
        const get = (i: number) => numbers[i];
        if (numbers instanceof BigInt64Array || numbers instanceof BigUint64Array) return { length, get };
        return { length, get, numbers: nulls === 0 ? numbers : undefined };
      }
      case 'bool': {
        const bits = await this.next();
        if (bits.length * 8 < length) throw new Error('too few bits of true and false');
        return { length, get: (i) => (bits[i >> 3]! & (1 << (i & 7))) !== 0 };
      }
      case 'bytes': {
        const offsets = offsetsOf(await this.next(), length, type.large);
        const bytes = Buffer.from((await this.next()).buffer);
        checkOffsets(offsets, length, bytes.length);
        const get = type.text
          ? (i: number) => bytes.toString('utf8', offsets[i]!, offsets[i + 1]!)
          : (i: number) => new Uint8Array(bytes.buffer, offsets[i]!, offsets[i + 1]! - offsets[i]!);
        return { length, get };
      }
      case 'list': {
        const offsets = offsetsOf(await this.next(), length, type.large);
        const items = await this.read(type.item.type);
        checkOffsets(offsets, length, items.length);
        return { length, get: (i) => slice(items, offsets[i]!, offsets[i + 1]!) };
      }
      case 'fixed-list': {
        const items = await this.read(type.item.type);
        if (items.length < length * type.size) throw new Error('too few values of lists');
        return { length, get: (i) => slice(items, i * type.size, (i + 1) * type.size) };
      }
      case 'struct': {
        const children: [string, Values][] = [];
        for (const { name, type: child } of type.fields) children.push([name, await this.read(child)]);
        if (children.some(([, values]) => values.length < length))
          throw new Error('too few values of structs');
        return {
          length,
          get: (i) => Object.fromEntries(children.map(([name, values]) => [name, values.get(i)])),
        };
      }
      case 'other':
        throw new Error(`values of type ${type.name}`);
    }
  }

  private async next(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.buffer >= this.batch.buffers.length) throw new Error('too few buffers in a record batch');
    return this.readBuffer(this.buffer++);
  }
}

const ownBuffers = { int: 2, float: 2, bool: 2, bytes: 3, list: 2, 'fixed-list': 1, struct: 1 };

function childrenOf(type: ArrowType): readonly ArrowField[] {
  switch (type.kind) {
    case 'list':
    case 'fixed-list':
      return [type.item];
    case 'struct':
      return type.fields;
    case 'other':
      return type.children;
    default:
      return [];
  }
}

function slice({ numbers, get }: Values, start: number, end: number): unknown {
  return numbers?.subarray(start, end) ?? Array.from({ length: end - start }, (_, i) => get(start + i));
}

function numbersOf(
  type: ArrowType & { kind: 'int' | 'float' },
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
): NumberArray {
  const Type = {
    int:
      type.kind === 'int' && type.signed
        ? { 8: Int8Array, 16: Int16Array, 32: Int32Array, 64: BigInt64Array }
        : { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array, 64: BigUint64Array },
    float: { 8: undefined, 16: undefined, 32: Float32Array, 64: Float64Array },
  }[type.kind][type.bits]!;
  if (bytes.length < length * Type.BYTES_PER_ELEMENT)
    throw new Error(`${count(bytes.length, 'byte')} for ${count(length, 'number')}`);
  return new Type(bytes.buffer, 0, length);
}

function offsetsOf(
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
  large: boolean,
): Int32Array | Float64Array {
  // No offsets at all mean an empty column.
  if (length === 0) return new Int32Array(1);
  const width = large ? 8 : 4;
  if (bytes.length < (length + 1) * width)
    throw new Error(`${count(bytes.length, 'byte')} for ${count(length + 1, 'offset')}`);
  return large
    ? Float64Array.from(new BigInt64Array(bytes.buffer, 0, length + 1), Number)
    : new Int32Array(bytes.buffer, 0, length + 1);
}

function checkOffsets(offsets: ArrayLike<number>, length: number, end: number): void {
  if (offsets[0]! < 0 || offsets[length]! > end)
    throw new Error(`offsets from ${offsets[0]} to ${offsets[length]}, of ${end}`);
  for (let i = 0; i < length; i++)
    if (offsets[i]! > offsets[i + 1]!) throw new Error(`offset ${offsets[i + 1]} after ${offsets[i]}`);
}
