import type { ModelConfig } from '../../model/config.js';
import { basePrefix } from '../../model/parameter-names.js';
import { UPSAMPLING } from '../../model/variants/parameters.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../onnx-graph.js';
import { binary, concat, reshape, sizeOf } from '../operations.js';
import { activate, linear } from './layers.js';

/**
 * `SEWUpsampling`: as many frames as there were, 0 for those that were in no group.
 *
 * @param x [clips, groups, hidden].
 * @param frames The number of frames, a list of one integer.
 */
export function upsampled(g: GraphBuilder, x: Value, frames: Value, config: ModelConfig): Value {
  const name = basePrefix(config) + UPSAMPLING;
  const wide = linear(g, x, name);
  return g.within(name, () => {
    const states = reshape(
      g,
      activate(g, wide, config.feat_extract_activation),
      // The axes after the first are divided anew.
      [0, -1, config.hidden_size],
    );
    const missing = binary(g, 'Sub', frames, sizeOf(g, states, 1));
    const pads = concat(g, [g.integers([0, 0, 0, 0]), missing, g.integers([0])], 0);
    return g.node('Pad', [states, pads, g.number(0)]);
  });
}

/** Groups that valid frames are in, as SEW's layers attend to them, [clips]. */
export function groupsWith(g: GraphBuilder, frames: Value, { squeeze_factor: size }: ModelConfig): Value {
  if (size === 1) return frames;
  return binary(g, 'Div', binary(g, 'Add', frames, g.integer(size - 1)), g.integer(size));
}
