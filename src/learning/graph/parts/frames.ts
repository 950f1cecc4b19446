import type { ModelConfig } from '../../model/config.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../onnx-graph.js';
import { rangeTo, sizeOf, toFloat, unsqueeze } from '../operations.js';

/** What masked scores are lowered by: after softmax, exactly 0; the lowest number of 16 bits. */
const MASKED = -65504;

/**
 * Valid frames per clip, [clips], from `attention_mask`, which counts samples, or rows of a matrix: per
 * convolution floor((n - kernel) / stride) + 1.
 */
export function validFrames(g: GraphBuilder, mask: Value, config: ModelConfig): Value {
  return g.within('attention_mask', () => {
    const counted = g.node('ReduceSum', [mask, g.integers([1])], { attributes: { keepdims: 0 } });
    if (config.row_size !== undefined) return counted;
    return config.conv_kernel.reduce((count, kernel, index) => {
      const moved = g.node('Sub', [count, g.integer(kernel)]);
      const whole = g.node('Div', [moved, g.integer(config.conv_stride[index]!)]);
      return g.node('Add', [whole, g.integer(1)]);
    }, counted);
  });
}

/** Whether each frame is valid, [clips, frames], for states [clips, frames, …]. */
export function isValid(g: GraphBuilder, frames: Value, states: Value): Value {
  const positions = unsqueeze(g, rangeTo(g, sizeOf(g, states, 1)), [0]);
  return g.node('Less', [positions, unsqueeze(g, frames, [1])], { type: 'bool' });
}

/** 1 for valid frames, [clips, frames, 1]. */
export function frameMask(g: GraphBuilder, frames: Value, states: Value): Value {
  return unsqueeze(g, toFloat(g, isValid(g, frames, states)), [2]);
}

/** What attention adds to its scores, [clips, 1, 1, frames], so that it looks at valid frames only. */
export function scoreBias(g: GraphBuilder, frames: Value, states: Value): Value {
  const valid = unsqueeze(g, isValid(g, frames, states), [1, 2]);
  return g.node('Where', [valid, g.number(0), g.number(MASKED)], { type: 'float32' });
}
