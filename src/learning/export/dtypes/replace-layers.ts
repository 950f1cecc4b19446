import type { Initializer, OnnxGraph, OnnxNode, Value } from '../../graph/onnx-graph.js';

/** A layer's product: `x` [..., in] with `weight` [in, out]. */
export interface LayerProduct {
  node: OnnxNode;
  x: Value;
  weight: Initializer;
}

/** What replaces it: nodes, the last of which has the product's output, and what they store. */
export interface Replacement {
  nodes: OnnxNode[];
  initializers: Initializer[];
}

/** The graph with the products of its layers replaced, and without weights that nothing uses any more. */
export function replaceLayers(graph: OnnxGraph, replace: (layer: LayerProduct) => Replacement): OnnxGraph {
  const stored: Initializer[] = [];
  const nodes = graph.nodes.flatMap((node) => {
    const weight = graph.initializers.get(node.inputs[1]?.name ?? '');
    if (!node.isLayer || weight === undefined) return [node];
    const replacement = replace({ node, x: node.inputs[0]!, weight });
    stored.push(...replacement.initializers);
    return replacement.nodes;
  });
  const used = new Set(nodes.flatMap(({ inputs }) => inputs.map(({ name }) => name)));
  const kept = [...graph.initializers.values()].filter(({ name }) => used.has(name));
  return { ...graph, nodes, initializers: new Map([...kept, ...stored].map((each) => [each.name, each])) };
}
