import { OUTPUT } from './graph.js';
import type { Plan } from './graph-plan.js';
import type { Value } from './value.js';

/**
 * The operation of a gate: `inputs[0]` times the scalar `inputs[1]`, which is 0 or 1. What only matters if it
 * is 1 is not computed otherwise.
 */
export const GATE = '$gate';

/** Nodes that are computed together, if a gate is open. */
export interface Block {
  readonly gate: Value;
  readonly nodes: Value[];
  /** Those that are used elsewhere. */
  readonly outputs: Value[];
  /** Those of `outputs` that count as zeros if the gate is closed; the others are then not used. */
  readonly zeros: ReadonlySet<Value>;
}

/**
 * Divides a plan's nodes into blocks of gates and nodes that are always computed, in an order in which
 * they can be computed.
 */
export function unitsOf(plan: Plan): (Value | Block)[] {
  const gates = new Set(plan.nodes.filter(({ op }) => op === GATE).map(({ inputs }) => inputs[1]!));
  if (gates.size === 0) return [...plan.nodes];
  const zeros = new Map([...gates].map((gate) => [gate, zerosOf(plan, gate)]));
  const owners = ownersOf(plan, zeros);
  const blocks = blocksOf(plan, owners, zeros);
  return inOrder(plan.nodes, blocks);
}

/** Which nodes are zero if a gate is closed. */
function zerosOf({ nodes }: Plan, gate: Value): Set<Value> {
  const zeros = new Set<Value>();
  const isZero = (value: Value | undefined) => value !== undefined && zeros.has(value);
  for (const node of nodes) {
    const { op, inputs, dtype } = node;
    const [a, b, c] = inputs;
    let zero = false;
    switch (op) {
      case GATE:
        zero = b === gate || isZero(a);
        break;
      case 'Mul':
        zero = isZero(a) || isZero(b);
        break;
      case 'MatMul':
      case 'ms.FusedMatMul':
      case 'Gemm':
      case 'Conv':
      case 'ConvTranspose':
        zero = (isZero(a) || isZero(b)) && (c === undefined || isZero(c));
        break;
      case 'Add':
      case 'Sub':
      case 'Sum':
      case 'Concat':
        zero = inputs.every(isZero);
        break;
      case 'Where':
        zero = isZero(b) && isZero(c);
        break;
      case 'Div':
      case 'Neg':
      case 'ReduceSum':
      case 'ReduceMean':
      case 'Transpose':
      case 'Reshape':
      case 'Squeeze':
      case 'Unsqueeze':
      case 'Expand':
      case 'Slice':
      case 'Split':
      case OUTPUT:
        zero = isZero(a);
    }
    if (zero && dtype === 'float32') zeros.add(node);
  }
  return zeros;
}

/** The gate of each node that matters only if one is open. */
function ownersOf(plan: Plan, zeros: ReadonlyMap<Value, ReadonlySet<Value>>): Map<Value, Value> {
  const owners = new Map<Value, Value>();
  const shared = new Set<Value>();
  for (const [gate, zero] of zeros) {
    const needed = new Set(plan.outputs.filter((output) => !zero.has(output)));
    for (const node of plan.nodes.toReversed()) {
      if (!needed.has(node) || zero.has(node)) continue;
      for (const input of node.inputs) if (!zero.has(input)) needed.add(input);
    }
    for (const node of plan.nodes) {
      if (needed.has(node)) continue;
      if (owners.has(node)) shared.add(node);
      owners.set(node, gate);
    }
  }
  for (const node of shared) owners.delete(node);
  // What is used elsewhere must be zero if the gate is closed. Extra outputs go with their node.
  for (const node of plan.nodes.toReversed()) {
    if (node.op === OUTPUT) continue;
    for (const input of node.inputs) {
      const used = producerOf(input);
      const gate = owners.get(used);
      if (gate === undefined || gate === owners.get(node)) continue;
      // Another shape costs nothing, unless it is what a branch gives back: that is a copy.
      if (used.op === 'Reshape' || !zeros.get(gate)!.has(used)) owners.delete(used);
    }
  }
  for (const node of plan.nodes) {
    const gate = owners.get(producerOf(node));
    if (gate === undefined) owners.delete(node);
    else owners.set(node, gate);
  }
  return owners;
}

/** The node that an extra output is one of; otherwise the node itself. */
function producerOf(node: Value): Value {
  return node.op === OUTPUT ? node.inputs[0]! : node;
}

/** Puts nodes of a gate together, unless a path between them leads through nodes that are not the gate's. */
function blocksOf(
  { nodes, outputs }: Plan,
  owners: ReadonlyMap<Value, Value>,
  zeros: ReadonlyMap<Value, ReadonlySet<Value>>,
): Map<Value, Block> {
  // How often a path to a node has left the nodes of a gate.
  const depths = new Map<Value, number>();
  const users = new Map<Value, Value[]>();
  for (const node of nodes) {
    let depth = 0;
    for (const input of node.inputs) {
      const owner = owners.get(input);
      const leaves = owner !== undefined && owner !== owners.get(node);
      depth = Math.max(depth, (depths.get(input) ?? 0) + Number(leaves));
      const known = users.get(input);
      if (known) known.push(node);
      else users.set(input, [node]);
    }
    depths.set(node, depth);
  }
  const read = new Set(outputs);
  const delayed = (node: Value, using: readonly Value[]) =>
    !read.has(node) &&
    node.op !== OUTPUT &&
    using.every((user) => user.op !== OUTPUT && owners.get(user) === owners.get(node));
  // As late as possible: what only the gradient needs is computed there.
  for (const node of nodes.toReversed()) {
    const using = users.get(node) ?? [];
    if (owners.has(node) && using.length > 0 && delayed(node, using))
      depths.set(node, Math.min(...using.map((user) => depths.get(user)!)));
  }
  const byPlace = new Map<Value, Map<number, Block>>();
  const blocks = new Map<Value, Block>();
  for (const node of nodes) {
    const gate = owners.get(node);
    if (gate === undefined) continue;
    const ofGate = byPlace.get(gate) ?? new Map<number, Block>();
    byPlace.set(gate, ofGate);
    const depth = depths.get(node)!;
    const block = ofGate.get(depth) ?? { gate, nodes: [], outputs: [], zeros: zeros.get(gate)! };
    ofGate.set(depth, block);
    block.nodes.push(node);
    blocks.set(node, block);
  }
  for (const [node, block] of blocks) {
    const elsewhere = users.get(node)?.some((user) => blocks.get(user) !== block);
    if (elsewhere || read.has(node)) block.outputs.push(node);
  }
  return blocks;
}

/** Each node or block after those that it needs. */
function inOrder(nodes: readonly Value[], blocks: ReadonlyMap<Value, Block>): (Value | Block)[] {
  const units: (Value | Block)[] = [];
  const seen = new Set<Value | Block>();
  const place = (node: Value) => {
    const unit = blocks.get(node) ?? node;
    if (node.op === null || seen.has(unit)) return;
    seen.add(unit);
    for (const part of 'nodes' in unit ? unit.nodes : [unit])
      for (const input of part.inputs) if (blocks.get(input) !== unit) place(input);
    units.push(unit);
  };
  for (const node of nodes) place(node);
  return units;
}
