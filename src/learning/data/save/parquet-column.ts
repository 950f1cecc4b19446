import type { SchemaElement } from 'hyparquet';
import type { Feature, ValueType } from '../../../stage/artifact.js';

const types: Record<ValueType, Partial<SchemaElement>> = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  binary: { type: 'BYTE_ARRAY' },
  bool: { type: 'BOOLEAN' },
  int8: { type: 'INT32', converted_type: 'INT_8' },
  int16: { type: 'INT32', converted_type: 'INT_16' },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  uint8: { type: 'INT32', converted_type: 'UINT_8' },
  uint16: { type: 'INT32', converted_type: 'UINT_16' },
  uint32: { type: 'INT32', converted_type: 'UINT_32' },
  uint64: { type: 'INT64', converted_type: 'UINT_64' },
  float16: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, logical_type: { type: 'FLOAT16' } },
  float32: { type: 'FLOAT' },
  float64: { type: 'DOUBLE' },
};

/**
 * A column of a saved feature in a Parquet schema, in depth-first order: what pyarrow makes of the Arrow type
 * that Hugging Face datasets has for it. Every level may be null.
 */
export function parquetElements(name: string, feature: Feature): SchemaElement[] {
  const common = { name, repetition_type: 'OPTIONAL' } as const;
  switch (feature._type) {
    case 'Value':
      return [{ ...common, ...types[feature.dtype] }];
    case 'ClassLabel':
      return [{ ...common, ...types.int64 }];
    case 'Audio':
      return [
        { ...common, num_children: 2 },
        ...parquetElements('bytes', { _type: 'Value', dtype: 'binary' }),
        ...parquetElements('path', { _type: 'Value', dtype: 'string' }),
      ];
    case 'List':
      return [
        { ...common, converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...parquetElements('element', feature.feature),
      ];
  }
}

/** A saved feature's value as hyparquet-writer takes it: 64-bit integers as BigInt, lists as arrays. */
export function parquetValue(feature: Feature, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (feature._type) {
    case 'ClassLabel':
      return BigInt(value as number);
    case 'Value':
      return feature.dtype === 'int64' || feature.dtype === 'uint64' ? BigInt(value as number) : value;
    case 'List':
      return Array.from(value as ArrayLike<unknown>, (item) => parquetValue(feature.feature, item));
    case 'Audio':
      return value;
  }
}

const widths: Partial<Record<ValueType, number>> = { bool: 1 / 8, float16: 2 };

/** Bytes that a saved feature's value takes in Arrow, without the bits that mark nulls. */
export function arrowBytes(feature: Feature, value: unknown): number {
  switch (feature._type) {
    case 'ClassLabel':
      return 8;
    case 'Audio': {
      const { bytes, path } = (value ?? {}) as { bytes?: Uint8Array | null; path?: string | null };
      return 8 + (bytes?.byteLength ?? 0) + Buffer.byteLength(path ?? '');
    }
    case 'List': {
      const items = (value ?? []) as ArrayLike<unknown>;
      const { feature: item } = feature;
      if (item._type === 'Value' && item.dtype !== 'string' && item.dtype !== 'binary')
        return 4 + items.length * arrowBytes(item, null);
      return Array.from(items).reduce<number>((sum, each) => sum + arrowBytes(item, each), 4);
    }
    case 'Value': {
      const { dtype } = feature;
      if (dtype === 'string') return 4 + Buffer.byteLength((value ?? '') as string);
      if (dtype === 'binary') return 4 + ((value as Uint8Array | null)?.byteLength ?? 0);
      return widths[dtype] ?? Number(/\d+$/.exec(dtype)![0]) / 8;
    }
  }
}
