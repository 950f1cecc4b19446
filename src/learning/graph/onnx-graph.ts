import type { Attribute } from '../../engine/onnxruntime/value.js';
import type { Place } from '../model/safetensors.js';

/** Element types that occur in exported graphs. */
export type ElementType = 'float32' | 'float16' | 'uint8' | 'int8' | 'int32' | 'int64' | 'bool';

/** A tensor of the graph, by name. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
}

/** An operator of ONNX's own domain, or of ONNX Runtime's (`com.microsoft`). */
export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  readonly domain?: 'com.microsoft';
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Whether its second input is the weight of a layer that may be quantised. */
  readonly isLayer?: boolean;
}

/** A tensor that is stored in the file. */
export interface Initializer extends Value {
  readonly shape: readonly number[];
  /** Little-endian elements. */
  readonly data: Float32Array | Uint8Array | Uint16Array | Int8Array | BigInt64Array;
  /** Where a file has the same bytes. */
  readonly place?: Place;
}

/** An input or output; a dimension with a name may have any size. */
export interface Port extends Value {
  readonly shape: readonly (number | string)[];
}

/** A model as a graph of ONNX operators; nodes come after those that they need. */
export interface OnnxGraph {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly nodes: readonly OnnxNode[];
  /** By name. */
  readonly initializers: ReadonlyMap<string, Initializer>;
}
