import type { Drawing } from './drawing.js';

/**
 * A position in a layered drawing: a stage, or (without `id`) where an edge passes a layer between its ends.
 */
export interface Slot {
  layer: number;
  id?: string;
  /** Neighbours one layer up and one layer down, as numbers of slots. */
  before: number[];
  after: number[];
}

export interface Layered {
  slots: Slot[];
  /** Numbers of slots, by layer, top to bottom in each. */
  layers: number[][];
  /** For each edge of the drawing, the slots that it passes, ends included. */
  routes: number[][];
}

/**
 * Layers by longest path from the start, and an order within them that crosses few edges (Sugiyama's method:
 * barycentres, back and forth).
 */
export function layOut({ nodes, edges }: Drawing): Layered {
  const depth = new Map<string, number>();
  for (const { id } of nodes) {
    const inputs = edges.filter((edge) => edge.to === id).map((edge) => depth.get(edge.from) ?? 0);
    depth.set(id, inputs.length === 0 ? 0 : Math.max(...inputs) + 1);
  }
  const slots: Slot[] = nodes.map(({ id }) => ({ layer: depth.get(id)!, id, before: [], after: [] }));
  const number = new Map(nodes.map(({ id }, i) => [id, i]));
  const routes = edges.map(({ from, to }) => route(slots, number.get(from)!, number.get(to)!));

  const layers: number[][] = Array.from(
    { length: Math.max(-1, ...slots.map(({ layer }) => layer)) + 1 },
    () => [],
  );
  for (const [i, { layer }] of slots.entries()) layers[layer]!.push(i);
  for (let pass = 0; pass < 8; pass++) {
    const down = pass % 2 === 0;
    for (const layer of down ? layers.slice(1) : layers.slice(0, -1).reverse()) {
      sortByNeighbours(layer, layers, slots, down ? 'before' : 'after');
    }
  }
  return { slots, layers, routes };
}

/** Links two slots through a new slot in each layer between them. */
function route(slots: Slot[], from: number, to: number): number[] {
  const passed = [from];
  for (let layer = slots[from]!.layer + 1; layer < slots[to]!.layer; layer++) {
    passed.push(slots.push({ layer, before: [], after: [] }) - 1);
  }
  passed.push(to);
  for (let i = 1; i < passed.length; i++) {
    slots[passed[i - 1]!]!.after.push(passed[i]!);
    slots[passed[i]!]!.before.push(passed[i - 1]!);
  }
  return passed;
}

function sortByNeighbours(
  layer: number[],
  layers: number[][],
  slots: Slot[],
  side: 'before' | 'after',
): void {
  const place = new Map(layers.flatMap((one) => one.map((slot, i): [number, number] => [slot, i])));
  const weight = new Map(
    layer.map((slot): [number, number] => {
      const neighbours = slots[slot]![side].map((other) => place.get(other)!);
      const mean = neighbours.reduce((total, one) => total + one, 0) / neighbours.length;
      return [slot, neighbours.length === 0 ? place.get(slot)! : mean];
    }),
  );
  layer.sort((a, b) => weight.get(a)! - weight.get(b)! || place.get(a)! - place.get(b)!);
}
