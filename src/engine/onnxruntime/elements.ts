import type { BackendValues, DataType } from '../core.js';
import { type Elements, type ElementType, sizeOf, type Value } from './value.js';

/** The element type of a tensor that graphs can compute with. */
export function elementType(dtype: DataType): ElementType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Error(`the onnxruntime back end does not support ${dtype} tensors, only float32, int32 and bool`);
}

/** The typed array for a tensor; the given one if it has the right type and length. */
export function toElements(values: BackendValues, shape: number[], dtype: ElementType): Elements {
  const size = sizeOf(shape);
  if (values.length !== size) throw new Error(`shape [${shape}] needs ${size} values, got ${values.length}`);
  const numbers = values as ArrayLike<number>;
  if (dtype === 'float32') return values instanceof Float32Array ? values : Float32Array.from(numbers);
  if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(numbers);
  return values instanceof Uint8Array ? values : Uint8Array.from(numbers);
}

/** An array for `size` elements. */
export function newElements(dtype: ElementType, size: number): Elements {
  if (dtype === 'float32') return new Float32Array(size);
  return dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
}

/** The elements of a constant. */
export function decode({ constant, dtype }: Value): Elements {
  const bytes = constant!.bytes.slice();
  if (dtype === 'float32') return new Float32Array(bytes.buffer);
  return dtype === 'int32' ? new Int32Array(bytes.buffer) : bytes;
}
