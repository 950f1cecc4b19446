import type { Drawing } from './drawing.js';

const COLOURS = {
  hit: ', fillcolor="#e6f4ea", color="#34a853"',
  run: ', fillcolor="#fff4e0", color="#f0a020"',
  blocked: ', fillcolor="#fde7e7", color="#d93025"',
};

/** The DOT language of Graphviz. */
export function toDot({ name, nodes, edges }: Drawing): string {
  const lines = [
    `digraph ${quote(name)} {`,
    '  rankdir=LR;',
    '  node [shape=box, style="rounded,filled", fillcolor="#f6f6f6", color="#888888", fontname="Helvetica"];',
    '  edge [color="#888888", fontname="Helvetica", fontsize=10];',
  ];
  for (const { id, uses, status } of nodes) {
    lines.push(`  ${quote(id)} [label=${quote(`${id}\n${uses}`)}${status ? COLOURS[status] : ''}];`);
  }
  for (const { from, to, input } of edges) {
    lines.push(`  ${quote(from)} -> ${quote(to)}${input ? ` [label=${quote(input)}]` : ''};`);
  }
  return `${lines.join('\n')}\n}\n`;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
