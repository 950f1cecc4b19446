/** Element types that appear in a graph. `int64` is internal: ONNX wants it for shapes and axes. */
export type ElementType = 'float32' | 'int32' | 'bool' | 'int64';

/** The elements of a materialised value; `bool` is stored in a Uint8Array, as in TensorFlow.js. */
export type Elements = Float32Array | Int32Array | Uint8Array;

/** An ONNX attribute: a number is an int attribute unless wrapped by {@link float}. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** Marks an attribute as an ONNX float. */
export function float(value: number): { float: number } {
  return { float: value };
}

/** A set of attributes, interned: equal sets are the same object. */
export interface AttributeSet {
  readonly id: number;
  readonly entries: ReadonlyArray<readonly [string, Attribute]>;
}

/** A small constant baked into graphs, interned. */
export interface Constant {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/**
 * One tensor value of the recorded program, in one of three states:
 * pending (`op` set: the ONNX node that will produce it), materialised (`data` set), or constant.
 */
export class Value {
  op: string | null = null;
  inputs: readonly Value[] = none;
  attributes: AttributeSet | null = null;
  data: Elements | null = null;
  constant: Constant | null = null;
  /** The same elements with another shape, as last requested: avoids repeated Reshape nodes. */
  view: Value | null = null;
  /** The tensor last passed to ONNX Runtime for `data`. */
  fed: unknown = null;
  /** Number of the compilation that needs this value, and its index in it. */
  mark = 0;
  index = -1;

  constructor(
    readonly shape: readonly number[],
    readonly dtype: ElementType,
  ) {}

  get size(): number {
    return sizeOf(this.shape);
  }

  /** Turns a pending value into a materialised one and releases what it was computed from. */
  materialise(data: Elements): void {
    this.data = data;
    this.op = null;
    this.inputs = none;
    this.attributes = null;
    this.view = null;
  }
}

const none: readonly Value[] = [];

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const dimension of shape) size *= dimension;
  return size;
}

/** Whether two shapes are equal. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
