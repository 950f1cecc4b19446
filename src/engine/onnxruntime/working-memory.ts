import type { Plan } from './plan.js';
import { type ElementType, sizeOf, type Value } from './value.js';

const bytes: Readonly<Record<ElementType, number>> = { float32: 4, int32: 4, bool: 1, int64: 8 };

/**
 * Bytes that the intermediate results of a plan take at most at a time, if each is given back after its last use. An estimate: the run time
 * orders nodes, shares memory and rounds sizes in its own way.
 */
export function workingMemory({ nodes, outputs, inPlace }: Plan): number {
  // From the end, so that a view's last use is known before that of what it looks at.
  const lastUse = new Int32Array(nodes.length).map((_, index) => index);
  if (!inPlace) for (const { index } of outputs) lastUse[index] = nodes.length;
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at]!;
    const until = isView(node) ? lastUse[at]! : at;
    for (const { index, op } of node.inputs)
      if (op !== null && lastUse[index]! < until) lastUse[index] = until;
  }
  const given = new Set(inPlace ? outputs : []);
  const freed = new Float64Array(nodes.length + 1);
  let live = 0;
  let most = 0;
  nodes.forEach((node, at) => {
    if (!isView(node) && !given.has(node)) {
      const size = bytes[node.dtype] * sizeOf(node.shape);
      live += size;
      freed[lastUse[at]!]! += size;
    }
    most = Math.max(most, live);
    live -= freed[at]!;
  });
  return most;
}

function isView(node: Value): boolean {
  return node.op === 'Reshape';
}
