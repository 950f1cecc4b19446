import { count } from '../../../util/words.js';
import type { FlatTable } from './flatbuffer.js';

/** A column's type in an Arrow file, as far as Etude reads it; `other` can be skipped, but not read. */
export type ArrowType =
  | { kind: 'int'; bits: 8 | 16 | 32 | 64; signed: boolean }
  | { kind: 'float'; bits: 32 | 64 }
  | { kind: 'bool' }
  /** `large`: with 64-bit offsets. */
  | { kind: 'bytes'; text: boolean; large: boolean }
  | { kind: 'list'; item: ArrowField; large: boolean }
  | { kind: 'fixed-list'; item: ArrowField; size: number }
  | { kind: 'struct'; fields: ArrowField[] }
  | { kind: 'other'; name: string; buffers: number; children: ArrowField[] };

export interface ArrowField {
  name: string;
  type: ArrowType;
}

export interface ArrowSchema {
  fields: ArrowField[];
  metadata: Map<string, string>;
}

/**
 * Types by their number in Schema.fbs, with the number of buffers that each has; a type without that number
 * cannot be skipped.
 */
const otherTypes: Record<number, [name: string, buffers: number]> = {
  1: ['null', 0],
  3: ['float16', 2],
  7: ['decimal', 2],
  8: ['date', 2],
  9: ['time', 2],
  10: ['timestamp', 2],
  11: ['interval', 2],
  15: ['fixed_size_binary', 2],
  17: ['map', 2],
  18: ['duration', 2],
};

const maxFields = 10_000;

/** Reads the Schema table of an Arrow message. Anything invalid is an Error that says why. */
export function readSchema(table: FlatTable): ArrowSchema {
  if (table.int16(0) !== 0) throw new Error('numbers in big-endian order');
  const budget = { fields: maxFields };
  const metadata = table.tables(2).map((entry) => [entry.string(0), entry.string(1)] as const);
  return { fields: table.tables(1).map((field) => readField(field, budget)), metadata: new Map(metadata) };
}

function readField(table: FlatTable, budget: { fields: number }): ArrowField {
  if (--budget.fields < 0) throw new Error(`more than ${count(maxFields, 'column')}`);
  const name = table.string(0);
  if (table.table(4) !== undefined) throw new Error(`column '${name}' is dictionary-encoded`);
  const children = table.tables(5).map((child) => readField(child, budget));
  return { name, type: readType(name, table.uint8(2), table.table(3), children) };
}

function readType(
  name: string,
  number: number,
  type: FlatTable | undefined,
  children: ArrowField[],
): ArrowType {
  const item = () => {
    if (children.length !== 1)
      throw new Error(`column '${name}' is a list of ${count(children.length, 'type')}`);
    return children[0]!;
  };
  switch (number) {
    case 2: {
      const bits = type?.int32(0);
      if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64)
        throw new Error(`column '${name}' has ${bits}-bit integers`);
      return { kind: 'int', bits, signed: type?.uint8(1) === 1 };
    }
    case 3: {
      const precision = type?.int16(0);
      if (precision === 1 || precision === 2) return { kind: 'float', bits: precision === 1 ? 32 : 64 };
      break;
    }
    case 4:
    case 5:
      return { kind: 'bytes', text: number === 5, large: false };
    case 6:
      return { kind: 'bool' };
    case 12:
    case 21:
      return { kind: 'list', item: item(), large: number === 21 };
    case 13:
      return { kind: 'struct', fields: children };
    case 16: {
      const size = type?.int32(0) ?? 0;
      if (size <= 0) throw new Error(`column '${name}' has lists of ${count(size, 'value')}`);
      return { kind: 'fixed-list', item: item(), size };
    }
    case 19:
    case 20:
      return { kind: 'bytes', text: number === 20, large: true };
  }
  const other = otherTypes[number];
  if (other === undefined) throw new Error(`column '${name}' has a type of an unknown kind (${number})`);
  return { kind: 'other', name: other[0], buffers: other[1], children };
}
