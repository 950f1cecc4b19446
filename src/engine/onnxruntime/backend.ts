import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { Graph } from './graph.js';
import type { Native } from './native.js';
import { makePlan } from './plan.js';
import { SessionCache, type SessionOptions, type SessionStatistics } from './sessions.js';
import { type Elements, type ElementType, sizeOf, type Value } from './value.js';

/** What TensorFlow.js holds by a DataId. Strings exist only to be handed to the fallback kernels. */
interface Stored {
  value: Value | null;
  strings: Uint8Array[] | null;
  refCount: number;
}

/** Counters since the back end was made; times in milliseconds. */
export interface BackendStatistics extends SessionStatistics {
  /** Nodes run, over all runs. */
  nodes: number;
  /** Time spent finding what to run and describing it. */
  planMs: number;
  /** Kernels that ran on the fallback, by name. */
  fallbacks: Record<string, number>;
}

export interface BackendOptions extends SessionOptions {
  /** A recording of this many nodes is run even if nothing was read: it must not grow for ever. Default 20000. */
  longestRecording?: number;
}

/**
 * A lazy TensorFlow.js back end over ONNX Runtime.
 *
 * Kernels only record ONNX nodes. The first read of a value runs everything that is pending and not disposed of as
 * one graph. So read as late as possible, after `tidy` has disposed of intermediate results.
 *
 * Typed arrays given to `tf.tensor` are neither copied nor changed: they must stay as they are until every run that
 * needs them has ended.
 */
export class OnnxRuntimeBackend extends tf.KernelBackend {
  readonly graph = new Graph();
  private readonly sessions: SessionCache;
  private readonly longestRecording: number;
  private readonly stored: tf.DataStorage<Stored>;
  /** Values that are pending and belong to live tensors, with the number of those, in order of recording. */
  private readonly pending = new Map<Value, number>();
  private nodesRun = 0;
  private planMs = 0;
  private fallbacks: Record<string, number> = {};

  constructor(
    readonly native: Native,
    options: BackendOptions = {},
  ) {
    super();
    this.longestRecording = options.longestRecording ?? 20_000;
    this.sessions = new SessionCache(native, options);
    this.stored = new tf.DataStorage(this, tf.engine());
  }

  // Storage, as TensorFlow.js asks for it.

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    if (dtype === 'string') {
      this.stored.set(dataId, { value: null, strings: values as Uint8Array[], refCount });
      return;
    }
    const value = this.graph.input(toElements(values, shape, elementType(dtype)), shape, elementType(dtype));
    this.stored.set(dataId, { value, strings: null, refCount });
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    const { value, strings } = this.stored.get(dataId);
    if (value === null) return strings!;
    if (value.data === null) this.flush();
    return value.data!;
  }

  override async read(dataId: object): Promise<tf.backend_util.BackendValues> {
    return this.readSync(dataId);
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.stored.has(dataId)) return true;
    const stored = this.stored.get(dataId);
    stored.refCount--;
    if (!force && stored.refCount > 0) return false;
    this.stored.delete(dataId);
    if (stored.value !== null) this.release(stored.value);
    return true;
  }

  override refCount(dataId: object): number {
    return this.stored.has(dataId) ? this.stored.get(dataId).refCount : 0;
  }

  override incRef(dataId: object): void {
    this.stored.get(dataId).refCount++;
  }

  override numDataIds(): number {
    return this.stored.numDataIds();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override async time(f: () => void): Promise<{ kernelMs: number }> {
    this.flush();
    const start = performance.now();
    f();
    this.flush();
    return { kernelMs: performance.now() - start };
  }

  override dispose(): void {
    this.graph.nodes = [];
    this.pending.clear();
    this.sessions.clear();
  }

  // What kernels use.

  /** The value behind a tensor, under the tensor's shape. */
  toValue({ dataId, shape }: TensorInfo): Value {
    const { value } = this.stored.get(dataId);
    if (value === null) throw new Error('the onnxruntime back end does not compute with strings');
    return this.graph.reshape(value, shape);
  }

  /** Makes a tensor of a value that a kernel recorded. */
  toTensor(value: Value): TensorInfo {
    const { shape, dtype } = value;
    if (dtype === 'int64') throw new Error('int64 is for internal use: cast to int32');
    const dataId = {};
    const owned = value.constant ? this.graph.input(decode(value), shape, dtype) : value;
    if (sizeOf(shape) === 0 && owned.data === null) owned.materialise(emptyElements(dtype));
    this.stored.set(dataId, { value: owned, strings: null, refCount: 1 });
    if (owned.data === null) this.pending.set(owned, (this.pending.get(owned) ?? 0) + 1);
    return { dataId, shape: shape as number[], dtype };
  }

  /** The same data as another tensor, shared, under another shape. */
  alias(x: TensorInfo, shape: number[]): TensorInfo {
    this.incRef(x.dataId);
    return { dataId: x.dataId, shape, dtype: x.dtype };
  }

  /** Counts a kernel that ran on the fallback. */
  countFallback(kernel: string): void {
    this.fallbacks[kernel] = (this.fallbacks[kernel] ?? 0) + 1;
  }

  /** Runs a recording that has become too long. Called between kernels, never while one is recorded. */
  limitRecording(): void {
    if (this.graph.nodes.length >= this.longestRecording) this.flush();
  }

  /** Runs everything that is pending and belongs to a live tensor. */
  flush(): void {
    if (this.pending.size === 0) return;
    const start = performance.now();
    const outputs = [...this.pending.keys()];
    const plan = makePlan(this.graph.nodes, outputs);
    this.planMs += performance.now() - start;
    const results = this.sessions.run(plan);
    outputs.forEach((output, i) => {
      output.materialise(results[i]!);
    });
    this.nodesRun += plan.nodes.length;
    this.pending.clear();
    this.graph.nodes = [];
  }

  /** Forgets one tensor of a value; what no tensor can ask for any more is not computed. */
  private release(value: Value): void {
    const count = this.pending.get(value);
    if (count === undefined) return;
    if (count > 1) this.pending.set(value, count - 1);
    else this.pending.delete(value);
    if (this.pending.size === 0) this.graph.nodes = [];
  }

  /** What has been compiled and run so far. */
  statistics(): BackendStatistics {
    return {
      ...this.sessions.statistics,
      nodes: this.nodesRun,
      planMs: this.planMs,
      fallbacks: { ...this.fallbacks },
    };
  }
}

function elementType(dtype: DataType): ElementType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Error(
    `the onnxruntime back end has no ${dtype} tensors; it computes with float32, int32 and bool`,
  );
}

/** The typed array for a tensor; the one given, where it has the right type and length. */
function toElements(values: tf.backend_util.BackendValues, shape: number[], dtype: ElementType): Elements {
  const size = sizeOf(shape);
  if (values.length !== size) throw new Error(`shape [${shape}] needs ${size} values, got ${values.length}`);
  const numbers = values as ArrayLike<number>;
  if (dtype === 'float32') return values instanceof Float32Array ? values : Float32Array.from(numbers);
  if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(numbers);
  return values instanceof Uint8Array ? values : Uint8Array.from(numbers);
}

function emptyElements(dtype: ElementType): Elements {
  return dtype === 'float32'
    ? new Float32Array(0)
    : dtype === 'int32'
      ? new Int32Array(0)
      : new Uint8Array(0);
}

function decode({ constant, dtype }: Value): Elements {
  const bytes = constant!.bytes.slice();
  if (dtype === 'float32') return new Float32Array(bytes.buffer);
  return dtype === 'int32' ? new Int32Array(bytes.buffer) : bytes;
}
