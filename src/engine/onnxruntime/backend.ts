import type { DataType, TensorInfo } from '../core.js';
import * as tf from '../core.js';
import { decode, elementType, newElements, toElements } from './elements.js';
import { Graph } from './graph.js';
import { makePlan, type Plan } from './graph-plan.js';
import { worksInPlace } from './in-place.js';
import type { Models } from './models.js';
import type { Native } from './native-binding.js';
import { type Recording, recordingOf } from './recording.js';
import { SessionCache, type SessionOptions, type SessionStatistics } from './sessions.js';
import { type Elements, sizeOf, type Value } from './value.js';

/** What TensorFlow.js refers to by a DataId. Strings exist only to be passed to the fallback kernels. */
interface Stored {
  /** The elements; for complex numbers, the real parts. */
  value: Value | null;
  imaginary: Value | null;
  strings: Uint8Array[] | null;
  refCount: number;
}

/** Counters since the back end was created; times in milliseconds. */
export interface BackendStatistics extends SessionStatistics {
  /** Time spent on determining and describing what to run. */
  planMs: number;
  /** Kernels that ran on the fallback, by name. */
  fallbacks: Record<string, number>;
}

export interface BackendOptions extends SessionOptions {
  /**
   * A recording of this many nodes is run even if nothing was read, because it must not grow forever. Default
   * 20000.
   */
  longestRecording?: number;
  /** Models that are run beside what is recorded; closed with the back end. */
  models?: Models;
}

/**
 * A lazy TensorFlow.js back end over ONNX Runtime.
 *
 * Kernels only record ONNX nodes. The first read of a value runs everything that is pending and not disposed
 * of as one graph. So read as late as possible, once `tidy` has disposed of intermediate results.
 *
 * Typed arrays given to `tf.tensor` are neither copied nor changed: they must not change until every run that
 * needs them has ended.
 */
export class OnnxRuntimeBackend extends tf.KernelBackend {
  readonly graph = new Graph();
  private readonly sessions: SessionCache;
  private readonly inPlace: boolean;
  private readonly longestRecording: number;
  private stored: tf.DataStorage<Stored>;
  /** Values that are pending and belong to live tensors, with the number of those, in order of recording. */
  private readonly pending = new Map<Value, number>();
  private planMs = 0;
  readonly models: Models | undefined;
  private fallbacks: Record<string, number> = {};

  constructor(
    readonly native: Native,
    options: BackendOptions = {},
  ) {
    super();
    this.longestRecording = options.longestRecording ?? 20_000;
    this.models = options.models;
    this.sessions = new SessionCache(native, options);
    this.inPlace = worksInPlace(native);
    this.stored = new tf.DataStorage(this, tf.engine());
  }

  // Storage, as TensorFlow.js asks for it.

  override write(values: tf.BackendValues, shape: number[], dtype: DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    const stored: Stored = { value: null, imaginary: null, strings: null, refCount };
    if (dtype === 'string') stored.strings = values as Uint8Array[];
    else if (dtype === 'complex64') {
      const { real, imag } = tf.backend_util.splitRealAndImagArrays(values as Float32Array);
      stored.value = this.graph.input(real, shape, 'float32');
      stored.imaginary = this.graph.input(imag, shape, 'float32');
    } else {
      const type = elementType(dtype);
      stored.value = this.graph.input(toElements(values, shape, type), shape, type);
    }
    this.stored.set(dataId, stored);
  }

  /** Strings are UTF-8 bytes; for complex numbers, real and imaginary parts alternate. */
  override readSync(dataId: object): tf.BackendValues {
    const { value, imaginary, strings } = this.stored.get(dataId);
    if (value === null) return strings!;
    if (value.data === null || imaginary?.data === null) this.flush();
    if (imaginary === null) return value.data!;
    return tf.backend_util.mergeRealAndImagArrays(value.data as Float32Array, imaginary.data as Float32Array);
  }

  /**
   * Reads values into the caller's arrays, which then are the values' data: they may be changed only once the
   * tensors are disposed of. Saves a copy of each result.
   */
  readInto(dataIds: readonly object[], targets: readonly Elements[]): void {
    this.compute(dataIds, targets);
  }

  private compute(dataIds: readonly object[], targets: readonly Elements[]): Plan | undefined {
    const wanted = new Map<Value, Elements>();
    dataIds.forEach((dataId, i) => {
      const value = this.stored.get(dataId).value!;
      if (value.data === null && this.inPlace && !wanted.has(value)) wanted.set(value, targets[i]!);
    });
    const plan = this.flush(wanted);
    dataIds.forEach((dataId, i) => {
      const data = this.readSync(dataId) as Elements;
      if (data !== targets[i]) targets[i]!.set(data);
    });
    return plan;
  }

  /**
   * Like `readInto`, for values that `trace` creates; returns a recording that runs the same graph again on
   * the same input arrays, with their current content. Undefined if that is impossible: results cannot be
   * written in place, or something was read in the middle.
   */
  recordInto(trace: () => object[], targets: readonly Elements[]): Recording | undefined {
    this.flush();
    const { runs } = this.sessions.statistics;
    const dataIds = trace();
    const values = dataIds.map((dataId) => this.stored.get(dataId).value!);
    const whole =
      this.inPlace &&
      values.length === this.pending.size &&
      new Set(values).size === values.length &&
      values.every((value) => this.pending.has(value));
    const plan = this.compute(dataIds, targets);
    if (!whole || plan === undefined || this.sessions.statistics.runs !== runs + 1) return undefined;
    return recordingOf(plan, values, this.sessions);
  }

  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.stored.has(dataId)) return true;
    const stored = this.stored.get(dataId);
    stored.refCount--;
    if (!force && stored.refCount > 0) return false;
    this.stored.delete(dataId);
    if (stored.value !== null) this.release(stored.value);
    if (stored.imaginary !== null) this.release(stored.imaginary);
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

  /** Releases all data and sessions. TensorFlow.js may use the back end again after `reset`. */
  override dispose(): void {
    this.graph.nodes = [];
    this.pending.clear();
    this.stored = new tf.DataStorage(this, tf.engine());
    this.sessions.clear();
    this.models?.close();
  }

  // For kernels.

  /** The value behind a tensor, with the tensor's shape; for complex numbers, the real parts. */
  toValue({ dataId, shape }: TensorInfo): Value {
    const { value } = this.stored.get(dataId);
    if (value === null) throw new Error('the onnxruntime back end does not support strings');
    return this.graph.reshape(value, shape);
  }

  /** The imaginary parts of a complex tensor. */
  toImaginary({ dataId, shape, dtype }: TensorInfo): Value {
    const { imaginary } = this.stored.get(dataId);
    if (imaginary === null) throw new Error(`a ${dtype} tensor has no imaginary part`);
    return this.graph.reshape(imaginary, shape);
  }

  /** Makes a tensor from a value that a kernel recorded, a complex one if an imaginary part is given. */
  toTensor(value: Value, imaginary: Value | null = null): TensorInfo {
    const { shape, dtype } = value;
    if (dtype === 'int64') throw new Error('int64 is for internal use: cast to int32');
    const dataId = {};
    this.stored.set(dataId, {
      value: this.own(value),
      imaginary: imaginary === null ? null : this.own(imaginary),
      strings: null,
      refCount: 1,
    });
    return { dataId, shape: shape as number[], dtype: imaginary === null ? dtype : 'complex64' };
  }

  /** Counts one more tensor of a value, which must be computed if it is pending. */
  private own(value: Value): Value {
    const { shape, dtype } = value;
    const owned = value.constant ? this.graph.input(decode(value), shape, dtype) : value;
    if (owned.data === null && sizeOf(shape) === 0) owned.materialise(newElements(dtype, 0));
    if (owned.data === null) this.pending.set(owned, (this.pending.get(owned) ?? 0) + 1);
    return owned;
  }

  /** The same data as another tensor, shared, with another shape. */
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

  /**
   * Runs everything that is pending and belongs to a live tensor; results of `wanted` values go into the
   * arrays given there.
   */
  flush(wanted: ReadonlyMap<Value, Elements> = NONE): Plan | undefined {
    if (this.pending.size === 0) return undefined;
    const start = performance.now();
    const outputs = [...this.pending.keys()];
    const plan = makePlan(this.graph.nodes, outputs, wanted.size > 0);
    this.planMs += performance.now() - start;
    const targets = plan.inPlace
      ? outputs.map((output) => wanted.get(output) ?? newElements(output.dtype, sizeOf(output.shape)))
      : undefined;
    const results = this.sessions.run(plan, targets);
    outputs.forEach((output, i) => {
      output.materialise(results[i]!);
    });
    this.pending.clear();
    this.graph.nodes = [];
    return plan;
  }

  /** Counts one tensor of a value less; what no tensor needs any more is not computed. */
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
      planMs: this.planMs,
      fallbacks: { ...this.fallbacks },
    };
  }
}

const NONE: ReadonlyMap<Value, Elements> = new Map();
