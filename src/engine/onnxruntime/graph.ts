import { intern, internConstant } from './interning.js';
import { type Attribute, type Elements, type ElementType, sameShape, Value } from './value.js';

/** Marks an extra output of a node: `inputs[0]` is the node's first output, the attribute its number. */
export const OUTPUT = '$output';

/**
 * The program recorded since the last run: ONNX nodes in the order in which they were requested. Kernels add
 * to it; see `kernels/`.
 */
export class Graph {
  /** Nodes in order of recording, hence in topological order. */
  nodes: Value[] = [];
  /**
   * Whether the device has ORT's product of transposed matrices (`ms.FusedMatMul`). If not, kernels transpose
   * them first.
   */
  fusesTransposes = true;
  /** Whether parts of a graph can be left out of a run (see `gates.ts`) without a way to another device. */
  hasBranches = true;

  /**
   * Records one ONNX node and returns its (first) output. Names of operators in ORT's own domain begin with
   * `ms.`.
   */
  node(
    op: string,
    inputs: readonly Value[],
    shape: readonly number[],
    dtype: ElementType,
    attributes?: Readonly<Record<string, Attribute>>,
  ): Value {
    const value = new Value(shape, dtype);
    value.op = op;
    value.inputs = inputs;
    if (attributes) value.attributes = intern(attributes);
    this.nodes.push(value);
    return value;
  }

  /** Another output of the node that produces `first`. */
  output(first: Value, number: number, shape: readonly number[], dtype: ElementType): Value {
    return this.node(OUTPUT, [first], shape, dtype, { number });
  }

  /** A value that already exists, as an input of the graph. */
  input(data: Elements, shape: readonly number[], dtype: ElementType): Value {
    const value = new Value(shape, dtype);
    value.data = data;
    return value;
  }

  /** A float scalar baked into the graph: for numbers that belong to the structure, never for data. */
  float(value: number): Value {
    return internConstant('float32', [], [value]);
  }

  /** An int32 constant baked into the graph. */
  int32(values: readonly number[], shape: readonly number[] = [values.length]): Value {
    return internConstant('int32', shape, values);
  }

  /** A list of int64, as ONNX expects axes, shapes and positions. */
  int64(values: readonly number[]): Value {
    return internConstant('int64', [values.length], values);
  }

  /** A scalar constant of the given element type. */
  scalar(value: number, dtype: ElementType): Value {
    return internConstant(dtype, [], [value]);
  }

  /** The elements of `x` under another shape of the same size. */
  reshape(x: Value, shape: readonly number[]): Value {
    if (sameShape(x.shape, shape)) return x;
    if (x.constant) return this.node('Reshape', [x, this.int64(shape)], shape, x.dtype);
    if (x.data === null) return this.node('Reshape', [x, this.int64(shape)], shape, x.dtype);
    if (!x.view || !sameShape(x.view.shape, shape)) x.view = this.input(x.data, shape, x.dtype);
    return x.view;
  }

  /** A node with one input whose output has the same shape and, unless given, the same type. */
  unary(op: string, x: Value, dtype: ElementType = x.dtype, attributes?: Record<string, Attribute>): Value {
    return this.node(op, [x], x.shape, dtype, attributes);
  }

  /** A node with two inputs that broadcast as in NumPy. */
  binary(op: string, a: Value, b: Value, dtype: ElementType = a.dtype): Value {
    return this.node(op, [a, b], broadcast(a.shape, b.shape), dtype);
  }

  /** `x` converted to another element type. */
  cast(x: Value, dtype: ElementType): Value {
    return x.dtype === dtype ? x : this.unary('Cast', x, dtype, { to: onnxType[dtype] });
  }

  /** `x` with its axes in another order. */
  transpose(x: Value, perm: readonly number[]): Value {
    if (perm.every((axis, i) => axis === i)) return x;
    if (x.op === 'Transpose') {
      const first = x.attributes!.entries[0]![1] as readonly number[];
      return this.transpose(
        x.inputs[0]!,
        perm.map((axis) => first[axis]!),
      );
    }
    const shape = perm.map((axis) => x.shape[axis]!);
    return this.node('Transpose', [x], shape, x.dtype, { perm });
  }

  /** The box of `x` that starts at `begin` and has `size` elements along each axis. */
  slice(x: Value, begin: readonly number[], size: readonly number[]): Value {
    const axes: number[] = [];
    for (let axis = 0; axis < size.length; axis++) {
      if (begin[axis] !== 0 || size[axis] !== x.shape[axis]) axes.push(axis);
    }
    if (axes.length === 0) return x;
    const starts = axes.map((axis) => begin[axis]!);
    const ends = axes.map((axis) => begin[axis]! + size[axis]!);
    return this.node('Slice', [x, this.int64(starts), this.int64(ends), this.int64(axes)], size, x.dtype);
  }

  /** `x` broadcast to a shape. */
  expand(x: Value, shape: readonly number[]): Value {
    return sameShape(x.shape, shape) ? x : this.node('Expand', [x, this.int64(shape)], shape, x.dtype);
  }
}

/** Element types by their numbers in ONNX (`TensorProto.DataType`). */
export const onnxType: Readonly<Record<ElementType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** The shape that two shapes broadcast to, by NumPy's rule. Throws if they do not match. */
export function broadcast(a: readonly number[], b: readonly number[]): readonly number[] {
  if (sameShape(a, b) || b.length === 0) return a;
  if (a.length === 0) return b;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a[a.length - i] ?? 1;
    const y = b[b.length - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes [${a}] and [${b}] do not broadcast`);
    shape[rank - i] = x === 1 ? y : x;
  }
  return shape;
}
