import type { OnnxGraph } from '../../graph/onnx-graph.js';
import { toBlocksOf4Bits } from './blocks-of-4-bits.js';
import type { Dtype } from './dtype-files.js';
import { toHalf } from './half.js';
import { toInt8 } from './int8.js';

export { type Dtype, FILE_OF } from './dtype-files.js';

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
