import type { Drawing, DrawnNode } from './drawing.js';

const MARKS = { hit: '✔', run: '▶', blocked: '✖' };

/**
 * A drawing for a terminal, one line per stage in recipe order: the left part has the edges, as `git log
 * --graph` draws them. Every stage is below its inputs; `⇠` names the inputs if there are several.
 */
export function toText({ nodes, edges }: Drawing): string {
  const widthOf = (texts: string[]): number => Math.max(0, ...texts.map((text) => text.length));
  const widths = { id: widthOf(nodes.map(({ id }) => id)), uses: widthOf(nodes.map(({ uses }) => uses)) };
  const lines: { rails: string; label?: string }[] = [];
  /** By rail: the stage whose result it carries. */
  const rails: (string | undefined)[] = [];
  const pending = new Map(nodes.map(({ id }) => [id, edges.filter(({ from }) => from === id).length]));
  const consume = (id: string): void => {
    pending.set(id, pending.get(id)! - 1);
  };

  for (const node of nodes) {
    const inputs = edges.filter(({ to }) => to === node.id);
    for (const { from } of inputs) consume(from);
    const ends = (rail: number): boolean => pending.get(rails[rail]!) === 0;
    const used = [...new Set(inputs.map(({ from }) => rails.indexOf(from)))].sort((a, b) => a - b);
    // The stage takes over the first rail that ends in it, otherwise a free one to the right of what it
    // reads.
    const ending = used.filter(ends);
    const own = ending[0] ?? freeRail(rails, (used.at(-1) ?? -1) + 1);
    lines.push(...merge(rails, used, ending, own).map((drawn) => ({ rails: drawn })));
    for (const rail of ending) rails[rail] = undefined;
    rails[own] = pending.get(node.id) === 0 ? undefined : node.id;
    const from = inputs.length > 1 ? `  ⇠ ${inputs.map((edge) => edge.from).join(', ')}` : '';
    lines.push({ rails: row(rails, own, '●'), label: `${label(node, widths)}${from}` });
    while (rails.length > 0 && rails.at(-1) === undefined) rails.pop();
  }
  const widest = Math.max(0, ...lines.map((line) => line.rails.length));
  const rows = lines.map((line) => `${line.rails.padEnd(widest)}  ${line.label ?? ''}`.trimEnd());
  return `${rows.join('\n')}\n`;
}

function label({ id, uses, status }: DrawnNode, widths: { id: number; uses: number }): string {
  const mark = status === undefined ? '' : `${MARKS[status]} ${status}`;
  return `${id.padEnd(widths.id)}  ${uses.padEnd(widths.uses)}  ${mark}`.trimEnd();
}

function freeRail(rails: (string | undefined)[], from: number): number {
  let rail = from;
  while (rails[rail] !== undefined) rail++;
  return rail;
}

/** A line of rails with a stage's own mark. */
function row(rails: (string | undefined)[], own: number, mark: string): string {
  const length = Math.max(rails.length, own + 1);
  return Array.from({ length }, (_, rail) =>
    rail === own ? mark : rails[rail] === undefined ? ' ' : '│',
  ).join(' ');
}

/** The line between two stages where rails join or split; none if a single rail goes straight on. */
function merge(rails: (string | undefined)[], used: number[], ending: number[], own: number): string[] {
  if (used.length === 0 || (used.length === 1 && used[0] === own)) return [];
  const left = Math.min(own, ...used);
  const right = Math.max(own, ...used);
  let line = '';
  for (let rail = 0; rail < Math.max(rails.length, right + 1); rail++) {
    const inside = rail >= left && rail < right;
    line += joint(rail, { rails, used, ending, own, left, right }) + (inside ? '─' : ' ');
  }
  return [line.trimEnd()];
}

function joint(
  rail: number,
  {
    rails,
    used,
    ending,
    own,
    left,
    right,
  }: Record<'left' | 'right' | 'own', number> & {
    rails: (string | undefined)[];
    used: number[];
    ending: number[];
  },
): string {
  const up = rails[rail] !== undefined;
  const outside = rail < left || rail > right;
  if (outside) return up ? '│' : ' ';
  if (rail !== own && !used.includes(rail)) return up ? '┼' : '─';
  const down = rail === own || !ending.includes(rail);
  const shapes = up ? (down ? '├┼┤' : '╰┴╯') : '╭┬╮';
  return shapes[rail === left ? 0 : rail === right ? 2 : 1]!;
}
