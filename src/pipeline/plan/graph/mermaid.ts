import type { Drawing } from './drawing.js';

const STYLES = {
  hit: 'fill:#e6f4ea,stroke:#34a853,color:#111',
  run: 'fill:#fff4e0,stroke:#f0a020,color:#111',
  blocked: 'fill:#fde7e7,stroke:#d93025,color:#111',
};

/** A Mermaid flowchart, as GitHub renders it in Markdown. */
export function toMermaid({ nodes, edges }: Drawing): string {
  // Ids of a recipe may be words of Mermaid's own (`end`), so nodes are numbered.
  const names = new Map(nodes.map(({ id }, i) => [id, `s${i}`]));
  const lines = ['flowchart LR'];
  for (const { id, uses, status } of nodes) {
    lines.push(
      `  ${names.get(id)}["${escapeText(id)}<br><small>${escapeText(uses)}</small>"]${status ? `:::${status}` : ''}`,
    );
  }
  for (const { from, to, input } of edges) {
    lines.push(`  ${names.get(from)} -->${input ? `|"${escapeText(input)}"|` : ''} ${names.get(to)}`);
  }
  const used = new Set(nodes.map(({ status }) => status));
  for (const [status, style] of Object.entries(STYLES)) {
    if (used.has(status as keyof typeof STYLES)) lines.push(`  classDef ${status} ${style}`);
  }
  return `${lines.join('\n')}\n`;
}

function escapeText(text: string): string {
  return text.replace(/[&<>"#]/g, (character) => `#${character.codePointAt(0)};`);
}
