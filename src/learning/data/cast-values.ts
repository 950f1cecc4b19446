import type { Feature, ListFeature, ValueType } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import type { ChunkRows, ChunkTransform } from './chunk-transform.js';
import { describeFeature } from './features.js';
import { labelName } from './read/class-label.js';

/** The new type; a ClassLabel `byName` takes values by their text, otherwise numbers are class numbers. */
export interface CastValues {
  to: Feature;
  byName: boolean;
}

/** `value` to `value`; a missing value stays missing. */
export const transform: ChunkTransform<CastValues> = { module: import.meta.url, transform: castValues };

async function castValues({ params, rows, inputs, unusable, rowDone }: ChunkRows<CastValues>) {
  const { column, feature } = inputs.value!;
  const cast = casting(feature, params);
  const value: unknown[] = [];
  for (let row = 0; row < rows; row++) {
    const given = column.get(row);
    try {
      value.push(given === null ? null : cast(given));
    } catch (error) {
      unusable(row, error);
      value.push(null);
    }
    await rowDone();
  }
  return { value };
}

const INTEGER = /^u?int(\d+)$/;

/**
 * Why a column cannot be cast (the items of one with lists), whatever its values are: what would be right,
 * and a hint.
 */
export function castProblem(from: Feature, to: Feature): { expected: string; hint?: string } | undefined {
  if (from._type === 'Audio')
    return {
      expected: 'a column of names, numbers or true/false',
      hint: 'cast-audio decodes and resamples.',
    };
  if (from._type === 'List' && to._type === 'List' && from.states === undefined)
    return castProblem(from.feature, to.feature);
  if (from._type === 'List' || (from._type === 'Value' && from.dtype === 'binary'))
    return { expected: 'a column of names, numbers or true/false' };
  if (from._type === 'ClassLabel' && to._type === 'ClassLabel')
    return { expected: 'another column, or another type', hint: 'relabel renames and reorders classes.' };
  const isFloat = from._type === 'Value' && from.dtype.startsWith('float');
  if (isFloat && (to._type === 'ClassLabel' || (to._type === 'Value' && to.dtype === 'string')))
    return {
      expected: 'names, integers or true/false',
      hint: 'cast-column makes integers of it first (type: int64).',
    };
  return undefined;
}

/** The function that casts a value that is not missing; it throws an EtudeError for one that does not fit. */
function casting(from: Feature, { to, byName }: CastValues): (value: unknown) => unknown {
  if (to._type === 'List') {
    const item = casting((from as ListFeature).feature, { to: to.feature, byName });
    const items = (value: unknown) => Array.from(value as ArrayLike<unknown>);
    return (value) => items(value).map((one) => (one === null ? null : item(one)));
  }
  if (to._type === 'ClassLabel') return (value) => classNumber(to.names, value, byName);
  const { dtype } = to as { dtype: ValueType };
  const refuse = (value: unknown) =>
    new EtudeError('a value cannot be cast', {
      expected: describeFeature(to),
      got: typeof value === 'string' ? `'${value.slice(0, 80)}'` : String(value),
    });
  if (dtype === 'string') {
    if (from._type === 'ClassLabel') return (value) => from.names[value as number];
    return String;
  }
  if (dtype === 'bool') return (value) => toBool(value, refuse);
  const bits = INTEGER.exec(dtype)?.[1];
  const number = (value: unknown) => toNumber(value, bits === undefined ? FLOAT_TEXT : INTEGER_TEXT, refuse);
  if (bits === undefined) return number;
  const [min, max] = rangeOf(Number(bits), dtype.startsWith('u'));
  return (value) => {
    const integer = number(value);
    if (!Number.isSafeInteger(integer) || integer < min || integer > max) throw refuse(value);
    return integer;
  };
}

function classNumber(names: readonly string[], value: unknown, byName: boolean): number {
  const isName = byName || typeof value !== 'number';
  const name = labelName(value);
  const id = isName ? names.indexOf(name) : value;
  if (Number.isInteger(id) && id >= 0 && id < names.length) return id;
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
  throw new EtudeError(isName ? 'there is no such class' : 'there is no class of this number', {
    expected: isName ? `one of ${count(names.length, 'class')}: ${shown}` : `0 to ${names.length - 1}`,
    got: isName ? `'${name.slice(0, 80)}'` : name,
  });
}

function rangeOf(bits: number, unsigned: boolean): [number, number] {
  return unsigned ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** As Arrow reads them. */
const INTEGER_TEXT = /^-?\d+$/;
const FLOAT_TEXT = /^([+-]?)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|(inf(?:inity)?)|nan)$/i;

function toNumber(value: unknown, text: RegExp, refuse: (value: unknown) => EtudeError): number {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return value;
  const [whole, sign, infinite] = text.exec(String(value)) ?? [];
  if (whole === undefined) throw refuse(value);
  return infinite === undefined ? Number(whole) : Number(`${sign}Infinity`);
}

function toBool(value: unknown, refuse: (value: unknown) => EtudeError): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  const text = String(value).toLowerCase();
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw refuse(value);
}
