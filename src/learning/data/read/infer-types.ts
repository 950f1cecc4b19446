import type { Feature } from '../../../stage/artifact.js';
import type { Where } from '../../../util/errors.js';
import { unsupported } from '../features.js';
import { MalformedRow } from '../unusable/in-data-files.js';
import { WholeFloat } from './json-line.js';

// Spaces around numbers are ignored, as in pandas.
const integer = /^ *[+-]?\d+ *$/;
const float = /^ *[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[iI]nf(?:inity)?) *$/;
const boolean = /^(?:true|True|TRUE|false|False|FALSE)$/;

type Kind = 'bool' | 'int64' | 'float64' | 'string';

/** Narrows the type of one column as its values go by. */
export interface TypeInference {
  see(value: unknown, where: Where): void;
  /**
   * The type that fits every value seen; string if there was none. `asLabel`: integers stay integers even if
   * some are missing.
   */
  feature(asLabel?: boolean): Feature;
  /** A value in that type. */
  convert(value: unknown): unknown;
}

/** The type of a column as given by its file. */
export class KnownType implements TypeInference {
  constructor(private readonly known: Feature) {}

  see(): void {}

  feature(): Feature {
    return this.known;
  }

  convert(value: unknown): unknown {
    return value;
  }
}

/**
 * Types of text, as pandas infers them: all true/false, otherwise all integers, otherwise all numbers,
 * otherwise strings. Integers with missing values among them, and a column of nothing else, are float64.
 */
export class TextInference implements TypeInference {
  private possible: Kind[] = ['bool', 'int64', 'float64', 'string'];
  private missing = false;

  see(value: unknown): void {
    if (value === null) {
      this.missing = true;
      return;
    }
    if (this.possible.length === 1) return;
    this.possible = this.possible.filter((kind) => fits[kind](value as string));
  }

  feature(asLabel = false): Feature {
    const isInteger = asLabel && this.possible[0] === 'int64';
    return { _type: 'Value', dtype: isInteger ? 'int64' : this.kind() };
  }

  convert(value: unknown): unknown {
    if (value === null) return null;
    const text = value as string;
    const kind = this.kind();
    if (kind === 'string') return text;
    if (kind === 'bool') return text.toLowerCase() === 'true';
    return /inf/i.test(text)
      ? text.trim().startsWith('-')
        ? Number.NEGATIVE_INFINITY
        : Number.POSITIVE_INFINITY
      : Number(text);
  }

  private kind(): Kind {
    const { missing, possible } = this;
    // All four are left only if there was no value at all.
    if (possible.length === 4) return missing ? 'float64' : 'string';
    return missing && possible[0] === 'int64' ? 'float64' : possible[0]!;
  }
}

const fits: Record<Kind, (text: string) => boolean> = {
  bool: (text) => boolean.test(text),
  // Integers beyond 2^53 (mostly identifiers) stay text, and so keep their digits.
  int64: (text) => integer.test(text) && Number.isSafeInteger(Number(text)),
  float64: (text) => float.test(text) && !(integer.test(text) && !Number.isSafeInteger(Number(text))),
  string: () => true,
};

/**
 * Types of JSON values: they must agree within a column, except that integers may mix with fractions, and
 * null with anything.
 */
export class JsonInference implements TypeInference {
  private found: Feature | undefined;

  constructor(private readonly column: string) {}

  see(value: unknown, where: Where): void {
    this.found = this.merge(this.found, this.typeOf(value, where), where);
  }

  feature(): Feature {
    return complete(this.found);
  }

  convert(value: unknown): unknown {
    return plain(value);
  }

  private typeOf(value: unknown, where: Where): Feature | undefined {
    switch (typeof value) {
      case 'string':
        return { _type: 'Value', dtype: 'string' };
      case 'boolean':
        return { _type: 'Value', dtype: 'bool' };
      case 'number':
        return { _type: 'Value', dtype: Number.isSafeInteger(value) ? 'int64' : 'float64' };
    }
    if (value === null || value === undefined) return undefined;
    if (value instanceof WholeFloat) return { _type: 'Value', dtype: 'float64' };
    if (!Array.isArray(value)) throw unsupported(this.column, 'an object', where.file);
    let item: Feature | undefined;
    for (const element of value) item = this.merge(item, this.typeOf(element, where), where);
    // A list of only nulls says nothing about its items yet.
    return { _type: 'List', feature: item ?? unknownType };
  }

  private merge(a: Feature | undefined, b: Feature | undefined, where: Where): Feature | undefined {
    if (a === undefined || a === unknownType) return b ?? a;
    if (b === undefined || b === unknownType) return a;
    if (a._type === 'List' && b._type === 'List') {
      return { _type: 'List', feature: this.merge(a.feature, b.feature, where)! };
    }
    if (a._type === 'Value' && b._type === 'Value') {
      if (a.dtype === b.dtype) return a;
      if ([a.dtype, b.dtype].every((dtype) => dtype === 'int64' || dtype === 'float64'))
        return { _type: 'Value', dtype: 'float64' };
    }
    throw new MalformedRow(`column '${this.column}' holds values of different types`, {
      expected: describe(a),
      got: describe(b),
      where,
    });
  }
}

/** A value with its numbers as plain numbers. */
function plain(value: unknown): unknown {
  if (value instanceof WholeFloat) return value.value;
  return Array.isArray(value) ? value.map(plain) : (value ?? null);
}

const unknownType: Feature = { _type: 'Value', dtype: 'string' };

function complete(feature: Feature | undefined): Feature {
  if (feature?._type === 'List') return { _type: 'List', feature: complete(feature.feature) };
  return feature ?? unknownType;
}

function describe(feature: Feature): string {
  return feature._type === 'List'
    ? `a list of ${describe(feature.feature)}`
    : feature._type === 'Value'
      ? feature.dtype
      : feature._type;
}
