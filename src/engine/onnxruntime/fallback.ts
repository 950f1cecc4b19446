import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxRuntimeBackend } from './backend.js';

/** The storage of the CPU back end, as far as the fallback uses it. */
type CpuBackend = tf.KernelBackend & {
  write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object;
};

/**
 * Runs a kernel of `@tensorflow/tfjs-backend-cpu` on tensors of this back end: its inputs are read, which runs
 * everything pending, and its results written back. Correct, but it cuts the graph in two and is slow.
 */
export function runFallback(
  name: string,
  inputs: tf.NamedTensorInfoMap,
  attrs: object,
  backend: OnnxRuntimeBackend,
): TensorInfo | TensorInfo[] {
  const kernel = tf.getKernel(name, 'cpu');
  if (!kernel) throw new Error(`the onnxruntime back end has no kernel '${name}' for these tensors`);
  backend.countFallback(name);
  const cpu = tf.findBackend('cpu') as CpuBackend;
  const borrowed: object[] = [];
  const lend = (tensor: TensorInfo): TensorInfo => {
    if (tensor.dtype === 'complex64') throw new Error('the onnxruntime back end has no complex64 tensors');
    const dataId = cpu.write(backend.readSync(tensor.dataId), tensor.shape, tensor.dtype);
    borrowed.push(dataId);
    return { dataId, shape: tensor.shape, dtype: tensor.dtype };
  };
  const takeBack = (tensor: TensorInfo): TensorInfo => {
    const values = cpu.readSync(tensor.dataId);
    borrowed.push(tensor.dataId);
    return {
      dataId: backend.write(values, tensor.shape, tensor.dtype),
      shape: tensor.shape,
      dtype: tensor.dtype,
    };
  };
  try {
    const lent = (Array.isArray(inputs) ? [] : {}) as tf.NamedTensorInfoMap;
    for (const key in inputs) if (inputs[key]) lent[key] = lend(inputs[key]);
    const result = kernel.kernelFunc({ inputs: lent, attrs: attrs as tf.NamedAttrMap, backend: cpu });
    return Array.isArray(result) ? result.map(takeBack) : takeBack(result);
  } finally {
    for (const dataId of borrowed) cpu.disposeData(dataId, true);
  }
}
