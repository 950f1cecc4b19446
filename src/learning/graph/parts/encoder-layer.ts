import type { ModelConfig } from '../../model/config.js';
import { namesOf } from '../../model/families/index.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../onnx-graph.js';
import { binary } from '../operations.js';
import { type AddedScores, attention } from './attention.js';
import { activate, layerNorm, linear } from './layers.js';

/** A layer, from [clips, frames, hidden] to the same; `name` is its parameters' prefix, without a dot. */
export type Layer = (x: Value, name: string, added: AddedScores) => Value;

/** `Wav2Vec2EncoderLayer`, or `Wav2Vec2EncoderLayerStableLayerNorm` if `do_stable_layer_norm` is set. */
export function encoderLayer(g: GraphBuilder, config: ModelConfig): Layer {
  const { attention: attending, norms, feed } = namesOf(config).layer;
  return (x, name, added) => {
    const normalise = (states: Value, part: 0 | 1) =>
      layerNorm(g, states, `${name}.${norms[part]}`, config.layer_norm_eps);
    const attend = (states: Value) => attention(g, states, `${name}.${attending}`, config, added);
    const forward = (states: Value) =>
      feedForward(g, states, [`${name}.${feed[0]}`, `${name}.${feed[1]}`], config);
    const add = (one: Value, other: Value) => g.within(name, () => binary(g, 'Add', one, other));
    if (config.do_stable_layer_norm) {
      const attended = add(x, attend(normalise(x, 0)));
      return add(attended, forward(normalise(attended, 1)));
    }
    const attended = normalise(add(x, attend(x)), 0);
    return normalise(add(attended, forward(attended)), 1);
  };
}

/** Two linear layers with an activation between them. */
export function feedForward(
  g: GraphBuilder,
  x: Value,
  [wider, narrower]: readonly [string, string],
  config: ModelConfig,
): Value {
  const wide = linear(g, x, wider);
  const active = g.within(`${wider}.activation`, () => activate(g, wide, config.hidden_act));
  return linear(g, active, narrower);
}
