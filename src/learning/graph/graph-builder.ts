import type { Attribute } from '../../engine/onnxruntime/value.js';
import { EtudeError } from '../../util/errors.js';
import type { ModelWeights } from '../model/model.js';
import type { Weight } from '../model/safetensors.js';
import type { ElementType, Initializer, OnnxGraph, OnnxNode, Port, Value } from './onnx-graph.js';

/** What a graph is for: a file that others read, or a session of this process. */
export type Target = 'file' | 'session';

interface NodeOptions {
  attributes?: Readonly<Record<string, Attribute>>;
  /** Of the results; default: that of the first input. */
  type?: ElementType;
  isLayer?: boolean;
  domain?: 'com.microsoft';
}

/**
 * Collects the nodes of a graph. Nodes are named after the module that they belong to, weights as in
 * transformers' state dict.
 */
export class GraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #names = new Map<string, number>();
  #module = '';

  constructor(
    readonly weights: ModelWeights,
    readonly target: Target = 'file',
  ) {}

  /** Names the nodes that `build` makes after a module. */
  within<T>(module: string, build: () => T): T {
    const outer = this.#module;
    this.#module = module;
    try {
      return build();
    } finally {
      this.#module = outer;
    }
  }

  /** Adds a node with one result. */
  node(op: string, inputs: readonly Value[], options: NodeOptions = {}): Value {
    return this.nodes(op, inputs, 1, options)[0]!;
  }

  /** Adds a node with several results. */
  nodes(op: string, inputs: readonly Value[], outputs: number, options: NodeOptions = {}): Value[] {
    const { attributes = {}, type = inputs[0]!.type, isLayer, domain } = options;
    const name = this.#unused(`/${this.#module}/${op}`);
    const results = Array.from({ length: outputs }, (_, i) => ({ name: `${name}_output_${i}`, type }));
    const node = { name, op, inputs, outputs: results, attributes };
    this.#nodes.push({ ...node, ...(isLayer && { isLayer }), ...(domain && { domain }) });
    return results;
  }

  /** Whether the model has this parameter. */
  has(name: string): boolean {
    return this.weights[name] !== undefined;
  }

  /** Shape and elements of a parameter. */
  read(name: string): Weight {
    const found = this.weights[name];
    if (found === undefined) throw new EtudeError(`the model has no parameter '${name}'`);
    return found;
  }

  /** A parameter as it is, or under another shape of the same size. */
  weight(name: string, shape?: readonly number[]): Value {
    const weight = this.read(name);
    return this.#once({
      name,
      type: 'float32',
      shape: shape ?? weight.shape,
      place: weight.place,
      // Read only if needed.
      get data() {
        return weight.data;
      },
    });
  }

  /** A tensor that is stored in the file, once per name. */
  stored(name: string, shape: readonly number[], data: Float32Array | BigInt64Array): Value {
    const type = data instanceof Float32Array ? 'float32' : 'int64';
    return this.#once({ name, type, shape, data });
  }

  /** A kernel in time, [out, in, taps], stored as one over images of height 1 instead. */
  asImage({ name }: Value): Value {
    const kernel = this.#initializers.get(name)!;
    const [outputs, inputs, taps] = kernel.shape as [number, number, number];
    const image: Initializer = { ...kernel, shape: [outputs, inputs, 1, taps] };
    this.#initializers.set(name, image);
    return image;
  }

  /** A list of integers. */
  integers(values: readonly number[]): Value {
    return this.stored(`integers_${values.join('_')}`, [values.length], integersOf(values));
  }

  /** A single integer. */
  integer(value: number): Value {
    return this.stored(`integer_${value}`, [], integersOf([value]));
  }

  /** A single number. */
  number(value: number): Value {
    return this.stored(`number_${value}`, [], Float32Array.of(value));
  }

  /** The finished graph. */
  finish(inputs: readonly Port[], outputs: readonly Port[]): OnnxGraph {
    return { inputs, outputs, nodes: this.#nodes, initializers: this.#initializers };
  }

  #once(made: Initializer): Value {
    const known = this.#initializers.get(made.name);
    if (known === undefined) this.#initializers.set(made.name, made);
    return known ?? made;
  }

  #unused(name: string): string {
    const count = this.#names.get(name) ?? 0;
    this.#names.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  }
}

function integersOf(values: readonly number[]): BigInt64Array {
  return BigInt64Array.from(values, (value) => BigInt(value));
}
