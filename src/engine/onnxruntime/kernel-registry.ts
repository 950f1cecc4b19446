import type { TensorInfo } from '../core.js';
import * as tf from '../core.js';
import type { OnnxRuntimeBackend } from './backend.js';
import { runFallback } from './fallback.js';
import type { Graph } from './graph.js';
import type { ElementType, Value } from './value.js';

/** The name under which TensorFlow.js knows this back end. */
export const BACKEND_NAME = 'onnxruntime';

/** Inputs of a kernel: by name, or an array if TensorFlow.js passes a list (Concat, Pack, AddN). */
export type Inputs = Record<string, Value>;
// biome-ignore lint/suspicious/noExplicitAny: TensorFlow.js types a kernel's attributes no further.
export type Attributes = Record<string, any>;

/** Records what a kernel computes, or returns null to leave this case to the fallback. */
export type Recorder = (g: Graph, inputs: Inputs, attrs: Attributes) => Value | Value[] | null;

/** Passes a tensor's data on without recording anything, or returns null to record. */
export type Aliaser = (
  backend: OnnxRuntimeBackend,
  inputs: tf.NamedTensorInfoMap,
  attrs: Attributes,
) => TensorInfo | null;

interface Kernel {
  readonly record: Recorder | null;
  readonly alias: Aliaser | null;
  readonly dtypes: ReadonlySet<ElementType> | null;
}

const kernels = new Map<string, Kernel>();

/**
 * Adds a kernel. Calls with an input whose element type is not in `dtypes` (default: any) go to the fallback,
 * as do calls with an empty input.
 */
export function kernel(name: string, record: Recorder, dtypes?: readonly ElementType[]): void {
  kernels.set(name, { record, alias: null, dtypes: dtypes ? new Set(dtypes) : null });
}

/** Adds a kernel that shares its input's data if `alias` returns a tensor, and records otherwise. */
export function aliasKernel(name: string, alias: Aliaser, record: Recorder | null = null): void {
  kernels.set(name, { record, alias, dtypes: null });
}

/** Names of the kernels that run in ONNX Runtime. */
export function nativeKernels(): string[] {
  return [...kernels.keys()];
}

/** Registers the kernels with TensorFlow.js, and the fallback for those that only the CPU back end has. */
export function registerKernels(): void {
  for (const [name, definition] of kernels) {
    if (tf.getKernel(name, BACKEND_NAME)) continue;
    tf.registerKernel({
      kernelName: name,
      backendName: BACKEND_NAME,
      kernelFunc: ({ inputs, backend, attrs }) =>
        run(name, definition, inputs, attrs ?? {}, backend as OnnxRuntimeBackend),
    });
  }
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
    if (tf.getKernel(kernelName, BACKEND_NAME)) continue;
    tf.registerKernel({
      kernelName,
      backendName: BACKEND_NAME,
      kernelFunc: ({ inputs, backend, attrs }) =>
        runFallback(kernelName, inputs, attrs ?? {}, backend as OnnxRuntimeBackend),
    });
  }
}

function run(
  name: string,
  { record, alias, dtypes }: Kernel,
  tensors: tf.NamedTensorInfoMap,
  attrs: Attributes,
  backend: OnnxRuntimeBackend,
): TensorInfo | TensorInfo[] {
  backend.limitRecording();
  const shared = alias?.(backend, tensors, attrs);
  if (shared) return shared;
  const inputs: Inputs = {};
  let covered = record !== null;
  for (const key in tensors) {
    const tensor = tensors[key];
    if (!tensor) continue;
    if (!isComputable(tensor, dtypes)) covered = false;
    else inputs[key] = backend.toValue(tensor);
  }
  const recorded = covered ? record!(backend.graph, inputs, attrs) : null;
  if (recorded === null) return runFallback(name, tensors, attrs, backend);
  return Array.isArray(recorded)
    ? recorded.map((value) => backend.toTensor(value))
    : backend.toTensor(recorded);
}

function isComputable({ dtype, shape }: TensorInfo, dtypes: ReadonlySet<ElementType> | null): boolean {
  if (dtype === 'string' || dtype === 'complex64' || shape.includes(0)) return false;
  return dtypes === null || dtypes.has(dtype as ElementType);
}
