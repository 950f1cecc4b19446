import type { ModelConfig } from '../../model/config.js';
import { namesOf } from '../../model/families/index.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../onnx-graph.js';
import { binary, reshape, scaled, transpose } from '../operations.js';
import { linear } from './layers.js';

/** What is added to the scores of all layers, and what each makes for itself. */
export interface AddedScores {
  /** See `scoreBias`; absent without attention mask. */
  mask?: Value;
  /** Of a layer's attention, from what it sees and its name. */
  positions?: (x: Value, name: string) => Value;
}

/** Multi-head self-attention (`Wav2Vec2Attention`), [clips, frames, hidden] to the same. */
export function attention(
  g: GraphBuilder,
  x: Value,
  name: string,
  config: ModelConfig,
  { mask, positions }: AddedScores,
): Value {
  const scale = headSize(config) ** -0.5;
  const project = (part: string) => linear(g, x, `${name}.${part}`);
  const query = g.within(name, () => splitHeads(g, scaled(g, project('q_proj'), scale), config));
  const key = transposedKey(g, project('k_proj'), name, config);
  const value = g.within(name, () => splitHeads(g, project('v_proj'), config));
  let scores = g.within(name, () => g.node('MatMul', [query, key]));
  if (positions !== undefined) {
    const added = positions(x, name);
    scores = g.within(name, () => binary(g, 'Add', scores, added));
  }
  const attended = attend(g, name, { scores, value, mask }, config);
  return linear(g, attended, `${name}.${namesOf(config).layer.out}`);
}

/** Numbers of each head. */
export function headSize({ hidden_size, num_attention_heads }: ModelConfig): number {
  return hidden_size / num_attention_heads;
}

/** [clips, frames, hidden] as [clips, heads, frames, hidden / heads]. */
export function splitHeads(g: GraphBuilder, x: Value, config: ModelConfig): Value {
  return transpose(g, byHead(g, x, config), [0, 2, 1, 3]);
}

/** [clips, frames, hidden] as [clips, frames, heads, hidden / heads]. */
export function byHead(g: GraphBuilder, x: Value, config: ModelConfig): Value {
  return reshape(g, x, [0, 0, config.num_attention_heads, headSize(config)]);
}

/** Keys as the product with queries takes them, [clips, heads, hidden / heads, frames]. */
export function transposedKey(g: GraphBuilder, x: Value, name: string, config: ModelConfig): Value {
  return g.within(name, () => transpose(g, byHead(g, x, config), [0, 2, 3, 1]));
}

/** Means of the values by the scores, [clips, frames, hidden]. */
export function attend(
  g: GraphBuilder,
  name: string,
  { scores, value, mask }: { scores: Value; value: Value; mask: Value | undefined },
  config: ModelConfig,
): Value {
  return g.within(name, () => {
    const all = mask === undefined ? scores : binary(g, 'Add', scores, mask);
    const shares = g.node('Softmax', [all], { attributes: { axis: -1 } });
    const context = transpose(g, g.node('MatMul', [shares, value]), [0, 2, 1, 3]);
    return reshape(g, context, [0, 0, config.hidden_size]);
  });
}
