import type { Plan } from '../src/engine/onnxruntime/graph-plan.js';
import type { Value } from '../src/engine/onnxruntime/value.js';

/** Floating-point operations of a graph's products and convolutions, a multiplication and an addition each. */
export interface StepFlops {
  forward: number;
  /** Gradients of weights. */
  weights: number;
  /** Gradients of what goes into a product: of activations. */
  activations: number;
}

/**
 * Counts the products of a training step's graph by its shapes. What the loss depends on is forward; a product
 * of which no other depends is the gradient of a weight.
 *
 * @param plan Its only scalar output is the loss.
 */
export function countFlops(plan: Plan): StepFlops {
  const loss = plan.outputs.find(({ shape }) => shape.length === 0)!;
  const forward = new Set<Value>([loss]);
  /** Nodes on which a product depends. */
  const feeding = new Set<Value>();
  const flops = { forward: 0, weights: 0, activations: 0 };
  for (const node of plan.nodes.toReversed()) {
    const own = flopsOf(node);
    for (const input of node.inputs) {
      if (forward.has(node)) forward.add(input);
      if (own > 0 || feeding.has(node)) feeding.add(input);
    }
    flops[forward.has(node) ? 'forward' : feeding.has(node) ? 'activations' : 'weights'] += own;
  }
  return flops;
}

/** Of one node; 0 if it is no product. */
function flopsOf({ op, inputs, size, attributes }: Value): number {
  const attribute = (name: string) => attributes?.entries.find(([key]) => key === name)?.[1];
  const [a, b] = inputs;
  switch (op) {
    case 'MatMul':
    case 'Gemm':
    case 'ms.FusedMatMul':
      return 2 * size * a!.shape.at(attribute('transA') === 1 ? -2 : -1)!;
    case 'Conv':
    case 'ms.FusedConv':
      return (2 * size * b!.size) / b!.shape[0]!;
    case 'ConvTranspose':
      return (2 * a!.size * b!.size) / b!.shape[0]!;
    default:
      return 0;
  }
}
