import type { ListedStage } from '../../index.js';
import { formatBytes } from '../../terminal/format.js';
import { fitLine, type Line, span } from '../../terminal/line.js';
import { type Cell, table } from '../../terminal/table.js';

/** The stages of a recipe, one per line, and how to look into one. */
export function stageLines(rows: readonly ListedStage[], recipe: string, width: number): Line[] {
  const cells = rows.map(({ id, uses, output, cached, summary = '', bytes }): Cell[] => [
    { text: id, style: 'bold' },
    { text: uses, style: 'dim' },
    { text: output },
    { text: cached ? 'cached' : 'not cached', style: cached ? 'green' : 'yellow' },
    { text: summary, style: 'dim' },
    { text: bytes === undefined ? '' : formatBytes(bytes) },
  ]);
  const columns = ['stage', 'type', 'output', '', ''].map((title, i) => ({ title, flexible: i === 4 }));
  const lines = table([...columns, { title: 'size', align: 'right' }], cells, width, 2);
  return [...lines, [], [span(`etude show ${recipe} STAGE shows one of them.`, 'dim')]].map((line) =>
    fitLine(line, width),
  );
}
