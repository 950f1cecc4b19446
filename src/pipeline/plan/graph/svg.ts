import type { Drawing, DrawnNode } from './drawing.js';
import { type Layered, layOut } from './layers.js';

const BOX = { width: 148, height: 48, radius: 8 };
const GAP = { x: 56, y: 26 };
const MARGIN = 16;
/** Height of a slot where an edge only passes. */
const PASSAGE = 16;

interface Point {
  x: number;
  y: number;
}

/**
 * A picture of the pipeline, left to right, self-contained: no external fonts or scripts, light or dark by
 * the reader's preference.
 */
export function toSvg(drawing: Drawing): string {
  const layered = layOut(drawing);
  const wide = Math.max(
    BOX.width,
    ...drawing.nodes.map((node) => Math.max(node.id.length * 8.4, subtitle(node).length * 6.4) + 32),
  );
  const gap = Math.max(GAP.x, ...drawing.edges.map(({ input = '' }) => input.length * 6.4 + 36));
  const { places, height } = place(layered, wide, gap);
  const width = MARGIN * 2 + layered.layers.length * (wide + gap) - gap;

  const routes = layered.routes.map((route) => route.map((slot) => places[slot]!));
  const edges = routes.map(
    (points) => `  <path class="edge" d="${curve(points, wide)}" marker-end="url(#arrow)"/>`,
  );
  // After all lines, so that none crosses a label.
  for (const [i, { input }] of drawing.edges.entries()) {
    if (input !== undefined) edges.push(inputLabel(input, routes[i]!));
  }
  const boxes = drawing.nodes.map((node, i) => box(node, places[i]!, wide));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}" role="img" aria-label="${escapeText(drawing.name)}">`,
    STYLE,
    ...edges,
    ...boxes,
    '</svg>\n',
  ].join('\n');
}

/**
 * Centre of each slot: layers next to each other; in each, slots keep their order, near their predecessors.
 */
function place({ slots, layers }: Layered, wide: number, gap: number): { places: Point[]; height: number } {
  const places: Point[] = new Array(slots.length);
  const heightOf = (slot: number): number => (slots[slot]!.id === undefined ? PASSAGE : BOX.height);
  const heights = layers.map((layer) => layer.reduce((sum, slot) => sum + heightOf(slot) + GAP.y, -GAP.y));
  const tallest = Math.max(0, ...heights);
  for (const [i, layer] of layers.entries()) {
    let top = MARGIN + (tallest - heights[i]!) / 2;
    for (const slot of layer) {
      places[slot] = { x: MARGIN + wide / 2 + i * (wide + gap), y: top + heightOf(slot) / 2 };
      top += heightOf(slot) + GAP.y;
    }
  }
  return { places, height: tallest + MARGIN * 2 };
}

/** A smooth line through the gaps between layers, level where it meets boxes and where it passes them. */
function curve(points: Point[], wide: number): string {
  const [first] = points;
  let path = `M ${round(first!.x + wide / 2)} ${round(first!.y)}`;
  for (let i = 1; i < points.length; i++) {
    const start = points[i - 1]!.x + wide / 2;
    const end = points[i]!.x - wide / 2 - (i === points.length - 1 ? 2 : 0);
    const middle = (start + end) / 2;
    path += ` C ${round(middle)} ${round(points[i - 1]!.y)}, ${round(middle)} ${round(points[i]!.y)}, ${round(end)} ${round(points[i]!.y)}`;
    if (i < points.length - 1) path += ` H ${round(points[i]!.x + wide / 2)}`;
  }
  return path;
}

/** The input's name, in the middle of the last gap that its edge crosses. */
function inputLabel(input: string, points: Point[]): string {
  const [start, end] = points.slice(-2) as [Point, Point];
  return `  <text class="input" x="${round((start.x + end.x) / 2)}" y="${round((start.y + end.y) / 2 + 4)}">${escapeText(input)}</text>`;
}

function subtitle({ uses, status }: DrawnNode): string {
  return status === undefined ? uses : `${uses} · ${status}`;
}

function box(node: DrawnNode, { x, y }: Point, wide: number): string {
  const { id, status } = node;
  const left = round(x - wide / 2);
  return [
    `  <g class="stage${status === undefined ? '' : ` ${status}`}">`,
    `    <rect x="${left}" y="${round(y - BOX.height / 2)}" width="${round(wide)}" height="${BOX.height}" rx="${BOX.radius}"/>`,
    `    <text class="id" x="${round(x)}" y="${round(y - 3)}">${escapeText(id)}</text>`,
    `    <text class="uses" x="${round(x)}" y="${round(y + 14)}">${escapeText(subtitle(node))}</text>`,
    '  </g>',
  ].join('\n');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
}

const STYLE = `  <style>
    text { font-family: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
    .stage rect { fill: #f6f8fa; stroke: #8c959f; stroke-width: 1.2; }
    .stage text { text-anchor: middle; }
    .id { font-size: 14px; font-weight: 600; fill: #1f2328; }
    .uses, .input { font-size: 11.5px; fill: #656d76; }
    .input { text-anchor: middle; paint-order: stroke; stroke: #ffffff; stroke-width: 5px; stroke-linejoin: round; }
    .edge { fill: none; stroke: #8c959f; stroke-width: 1.4; }
    .head { fill: #8c959f; }
    .hit rect { fill: #e6f4ea; stroke: #34a853; }
    .run rect { fill: #fff4e0; stroke: #e8960c; }
    .blocked rect { fill: #fde7e7; stroke: #d93025; }
    @media (prefers-color-scheme: dark) {
      .stage rect { fill: #21262d; stroke: #6e7681; }
      .id { fill: #f0f6fc; }
      .uses, .input { fill: #9198a1; }
      .input { stroke: #0d1117; }
      .hit rect { fill: #12261a; stroke: #3fb950; }
      .run rect { fill: #2b2111; stroke: #d29922; }
      .blocked rect { fill: #2d1517; stroke: #f85149; }
    }
  </style>
  <defs>
    <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
      <path class="head" d="M 0 0 L 8 4 L 0 8 z"/>
    </marker>
  </defs>`;
