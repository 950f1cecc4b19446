import type { Plan } from '../src/engine/onnxruntime/graph-plan.js';
import type { Value } from '../src/engine/onnxruntime/value.js';
import type { Build } from './build.js';

/** Floating-point operations of a graph's products and convolutions: multiplications and additions. */
export interface StepFlops {
  forward: number;
  /** Gradients of weights. */
  weights: number;
  /** Gradients of what goes into a product: of activations. */
  activations: number;
}

/** Products that are only computed if a gate is open. */
export interface GatedFlops {
  gate: Value;
  flops: StepFlops;
}

/**
 * Counts the products of a training step's graph by its shapes. What the loss depends on is forward; a
 * product of which no other depends is the gradient of a weight.
 *
 * @param plan Its only scalar output is the loss.
 * @param units What `unitsOf` makes of it.
 */
export function countFlops(
  plan: Plan,
  units: ReturnType<Build['unitsOf']>,
): { always: StepFlops; gated: GatedFlops[] } {
  const loss = plan.outputs.find(({ shape }) => shape.length === 0)!;
  const forward = new Set<Value>([loss]);
  /** Nodes on which a product depends. */
  const feeding = new Set<Value>();
  const kinds = new Map<Value, keyof StepFlops>();
  for (const node of plan.nodes.toReversed()) {
    const own = flopsOf(node);
    for (const input of node.inputs) {
      if (forward.has(node)) forward.add(input);
      if (own > 0 || feeding.has(node)) feeding.add(input);
    }
    if (own > 0)
      kinds.set(node, forward.has(node) ? 'forward' : feeding.has(node) ? 'activations' : 'weights');
  }
  const sumOf = (nodes: readonly Value[]) => {
    const sum = { forward: 0, weights: 0, activations: 0 };
    for (const node of nodes) if (kinds.has(node)) sum[kinds.get(node)!] += flopsOf(node);
    return sum;
  };
  return {
    always: sumOf(units.flatMap((unit) => ('nodes' in unit ? [] : [unit]))),
    gated: units.flatMap((unit) => ('nodes' in unit ? [{ gate: unit.gate, flops: sumOf(unit.nodes) }] : [])),
  };
}

/** The sum of the counts in both. */
export function addFlops(one: StepFlops, other: StepFlops): StepFlops {
  return {
    forward: one.forward + other.forward,
    weights: one.weights + other.weights,
    activations: one.activations + other.activations,
  };
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
