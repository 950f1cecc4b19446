import type { Feature, ValueType } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';
import { halvesOf } from '../../util/half-precision.js';
import { count } from '../../util/words.js';
import { type Data, type DataType, makeData } from './arrow.js';
import { arrowType } from './arrow-type.js';

type Integer = Exclude<ValueType, 'string' | 'binary' | 'bool' | 'float16' | 'float32' | 'float64'>;

const integerRanges: Record<Integer, [min: number, max: number]> = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 4294967295],
  uint64: [0, Number.MAX_SAFE_INTEGER],
};

const maxOffset = 2147483647;

/**
 * Arrow buffers of a column; a value that the feature cannot represent is an EtudeError naming its row in
 * `values`.
 */
export function encodeData(feature: Feature, values: readonly unknown[]): Data {
  switch (feature._type) {
    case 'Value':
      return encodeValue(feature.dtype, arrowType(feature), values);
    case 'ClassLabel':
      return encodeValue('int64', arrowType(feature), values);
    case 'List':
      return encodeList(feature, values);
    case 'Audio':
      return encodeAudio(feature.storage, arrowType(feature), values);
  }
}

function encodeValue(dtype: ValueType, type: DataType, values: readonly unknown[]): Data {
  const common = { type, length: values.length, ...validity(values) };
  switch (dtype) {
    case 'string':
      return encodeBytes(common, values, (value, row) => {
        if (typeof value !== 'string') throw unfit('a string', value, row);
        return Buffer.from(value, 'utf8');
      });
    case 'binary':
      return encodeBytes(common, values, (value, row) => {
        if (!(value instanceof Uint8Array)) throw unfit('bytes', value, row);
        return value;
      });
    case 'bool': {
      const bits = new Uint8Array(Math.ceil(values.length / 8));
      values.forEach((value, row) => {
        if (isNull(value)) return;
        if (typeof value !== 'boolean') throw unfit('true or false', value, row);
        if (value) bits[row >> 3] = bits[row >> 3]! | (1 << (row & 7));
      });
      return makeData({ ...common, data: bits } as never);
    }
    case 'float16':
    case 'float32':
    case 'float64': {
      const data = dtype === 'float64' ? new Float64Array(values.length) : new Float32Array(values.length);
      values.forEach((value, row) => {
        if (isNull(value)) return;
        if (typeof value !== 'number') throw unfit('a number', value, row);
        data[row] = value;
      });
      return makeData({ ...common, data: dtype === 'float16' ? halvesOf(data) : data } as never);
    }
    default:
      return makeData({ ...common, data: integers(dtype, values) } as never);
  }
}

function integers(dtype: Integer, values: readonly unknown[]) {
  const [min, max] = integerRanges[dtype];
  const check = (value: unknown, row: number): number => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw unfit(`an integer from ${min} to ${max} (${dtype})`, value, row);
    }
    return value;
  };
  if (dtype === 'int64' || dtype === 'uint64') {
    const data = dtype === 'int64' ? new BigInt64Array(values.length) : new BigUint64Array(values.length);
    values.forEach((value, row) => {
      if (!isNull(value)) data[row] = BigInt(check(value, row));
    });
    return data;
  }
  const arrays = {
    int8: Int8Array,
    int16: Int16Array,
    int32: Int32Array,
    uint8: Uint8Array,
    uint16: Uint16Array,
    uint32: Uint32Array,
  };
  const data = new arrays[dtype](values.length);
  values.forEach((value, row) => {
    if (!isNull(value)) data[row] = check(value, row);
  });
  return data;
}

function encodeBytes(
  common: object,
  values: readonly unknown[],
  toBytes: (value: unknown, row: number) => Uint8Array,
): Data {
  const parts = values.map((value, row) => (isNull(value) ? undefined : toBytes(value, row)));
  const valueOffsets = offsets(parts.map((part) => part?.byteLength ?? 0));
  const [only] = parts;
  if (parts.length === 1 && only !== undefined)
    return makeData({ ...common, valueOffsets, data: only } as never);
  const data = new Uint8Array(valueOffsets[parts.length]!);
  parts.forEach((part, row) => {
    if (part !== undefined) data.set(part, valueOffsets[row]!);
  });
  return makeData({ ...common, valueOffsets, data } as never);
}

function encodeList(feature: Extract<Feature, { _type: 'List' }>, values: readonly unknown[]): Data {
  const lists = values.map((value, row) => {
    if (isNull(value)) return undefined;
    if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView))) {
      throw unfit('a list', value, row);
    }
    const list = value as ArrayLike<unknown>;
    if (feature.length !== undefined && list.length !== feature.length) {
      throw unfit(`a list of ${count(feature.length, 'value')}`, `a list of ${list.length}`, row);
    }
    return list;
  });
  const common = { type: arrowType(feature), length: values.length, ...validity(values) };
  return makeData({ ...common, ...flatten(feature.feature, lists) } as never);
}

function flatten(item: Feature, lists: readonly (ArrayLike<unknown> | undefined)[]) {
  const valueOffsets = offsets(lists.map((list) => list?.length ?? 0));
  if (item._type === 'Value' && (item.dtype === 'float32' || item.dtype === 'float16')) {
    const numbers = new Float32Array(valueOffsets[lists.length]!);
    lists.forEach((list, row) => {
      if (list === undefined) return;
      if (!ArrayBuffer.isView(list)) {
        const bad = Array.from(list).find((value) => typeof value !== 'number');
        if (bad !== undefined) throw unfit('a list of numbers', bad, row);
      }
      numbers.set(list as ArrayLike<number>, valueOffsets[row]!);
    });
    const data = item.dtype === 'float16' ? halvesOf(numbers) : numbers;
    return {
      valueOffsets,
      child: makeData({ type: arrowType(item), length: data.length, nullCount: 0, data } as never),
    };
  }
  if (item._type === 'Value' && item.dtype === 'int32' && lists.every(isInts)) {
    const data = new Int32Array(valueOffsets[lists.length]!);
    lists.forEach((list, row) => {
      if (list !== undefined) data.set(list, valueOffsets[row]!);
    });
    return {
      valueOffsets,
      child: makeData({ type: arrowType(item), length: data.length, nullCount: 0, data } as never),
    };
  }
  const flat: unknown[] = [];
  for (const list of lists) if (list !== undefined) for (let i = 0; i < list.length; i++) flat.push(list[i]);
  return { valueOffsets, child: encodeData(item, flat) };
}

/** Attention masks, for example: as long as the samples, with nothing to check. */
function isInts(list: ArrayLike<unknown> | undefined): list is Int32Array | undefined {
  return list === undefined || list instanceof Int32Array;
}

function encodeAudio(storage: 'encoded' | 'samples', type: DataType, values: readonly unknown[]): Data {
  const key = storage === 'encoded' ? 'bytes' : 'array';
  const field = (name: string) =>
    values.map((value, row) => {
      if (isNull(value)) return null;
      if (typeof value !== 'object') throw unfit(`audio {${key}, path}`, value, row);
      return (value as Record<string, unknown>)[name] ?? null;
    });
  const content: Feature =
    storage === 'encoded'
      ? { _type: 'Value', dtype: 'binary' }
      : { _type: 'List', feature: { _type: 'Value', dtype: 'float32' } };
  const children = [
    encodeData(content, field(key)),
    encodeData({ _type: 'Value', dtype: 'string' }, field('path')),
  ];
  return makeData({ type, length: values.length, nullCount: 0, children } as never);
}

/** Arrow offsets of values of these sizes, one after the other. */
export function offsets(sizes: readonly number[]): Int32Array {
  const result = new Int32Array(sizes.length + 1);
  let end = 0;
  sizes.forEach((size, i) => {
    end += size;
    if (end > maxOffset) {
      throw new EtudeError('a chunk is too large', {
        expected: 'at most 2^31 - 1 bytes or list items',
        where: { row: i },
      });
    }
    result[i + 1] = end;
  });
  return result;
}

/** The number of nulls and, if there are any, Arrow's validity bitmap. */
export function validity(values: readonly unknown[]): { nullCount: number; nullBitmap?: Uint8Array } {
  let nullCount = 0;
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, row) => {
    if (isNull(value)) nullCount += 1;
    else nullBitmap[row >> 3] = nullBitmap[row >> 3]! | (1 << (row & 7));
  });
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap };
}

function isNull(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function unfit(expected: string, value: unknown, row: number): EtudeError {
  const got = typeof value === 'object' && value !== null ? value.constructor.name : String(value);
  return new EtudeError('a value does not fit its column', { expected, got, where: { row } });
}
