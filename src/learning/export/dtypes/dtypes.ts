import type { OnnxGraph } from '../../graph/onnx-graph.js';
import { toBlocksOf4Bits } from './blocks-of-4-bits.js';
import { toHalf } from './half.js';
import { toInt8 } from './int8.js';

/** Data types by transformers.js' names. */
export type Dtype = 'fp32' | 'fp16' | 'q8' | 'q4';

/** The names of their files in the folder `onnx`, as transformers.js looks for them. */
export const FILE_OF: Readonly<Record<Dtype, string>> = {
  fp32: 'model.onnx',
  fp16: 'model_fp16.onnx',
  q8: 'model_quantized.onnx',
  q4: 'model_q4.onnx',
};

/** The graph with another data type. */
export function converted(graph: OnnxGraph, dtype: Dtype): OnnxGraph {
  switch (dtype) {
    case 'fp32':
      return graph;
    case 'fp16':
      return toHalf(graph);
    case 'q8':
      return toInt8(graph);
    case 'q4':
      return toBlocksOf4Bits(graph);
  }
}
