import type { TensorInfo } from '../core.js';
import * as tf from '../core.js';
import type { OnnxRuntimeBackend } from './backend.js';

/** The storage of the CPU back end, as far as the fallback uses it. */
type CpuBackend = tf.KernelBackend & {
  write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object;
};

/**
 * Runs a kernel of `@tensorflow/tfjs-backend-cpu` on tensors of this back end: its inputs are read, which
 * runs everything pending, and its results written back. Correct, but it cuts the graph in two and is slow.
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
  const lendValues = (values: tf.BackendValues, shape: number[], dtype: tf.DataType) => {
    const dataId = cpu.write(values, shape, dtype);
    borrowed.push(dataId);
    // Some kernels read the rank, as if they got a full Tensor.
    return { dataId, shape, dtype, rank: shape.length };
  };
  const lend = ({ dataId, shape, dtype }: TensorInfo): TensorInfo => {
    const values = backend.readSync(dataId);
    if (dtype !== 'complex64') return lendValues(values, shape, dtype);
    const parts = tf.backend_util.splitRealAndImagArrays(values as Float32Array);
    const real = lendValues(parts.real, shape, 'float32');
    const imag = lendValues(parts.imag, shape, 'float32');
    const lent = tf
      .getKernel('Complex', 'cpu')
      .kernelFunc({ inputs: { real, imag }, attrs: {}, backend: cpu });
    borrowed.push((lent as TensorInfo).dataId);
    return lent as TensorInfo;
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
    for (const key in inputs) {
      // Ragged tensors come as lists.
      const input = inputs[key] as TensorInfo | TensorInfo[] | undefined;
      if (input) lent[key] = (Array.isArray(input) ? input.map(lend) : lend(input)) as TensorInfo;
    }
    const result = kernel.kernelFunc({ inputs: lent, attrs: attrs as tf.NamedAttrMap, backend: cpu });
    return Array.isArray(result) ? result.map(takeBack) : takeBack(result);
  } finally {
    for (const dataId of borrowed) cpu.disposeData(dataId, true);
  }
}
