/**
 * Takes the README's picture of the terminal UI from a real run:
 *
 *   node --import tsx scripts/picture.ts docs/terminal.svg --epoch 7 -- run pipelines/quickstart.yaml
 *   --cache-dir /somewhere/new
 *
 * Runs the built `etude` in a pseudo-terminal, reads the screen once the training shows the requested epoch,
 * lets the run end, and writes the screen as SVG: with text as text, and the terminal's colours.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    epoch: { type: 'string', default: '2' },
    columns: { type: 'string', default: '84' },
    rows: { type: 'string', default: '22' },
  },
});
const [target, ...command] = positionals;
if (target === undefined) throw new Error('usage: picture.ts FILE.svg [--epoch N] -- COMMAND…');
const columns = Number(values.columns);
const rows = Number(values.rows);

const CELL = { width: 8.4, height: 19 };
const PADDING = 16;
const INK = '#d5d9e0';
const PAPER = '#16191f';
/** The sixteen ANSI colours. */
const PALETTE = [
  '#3b4048', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d5d9e0',
  '#6b7280', '#ef7f88', '#a9d48a', '#f0cf8f', '#79bdf6', '#d38ce6', '#6fc7d1', '#ffffff',
]; // biome-ignore format: a table

const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
const env = { ...process.env, TERM: 'xterm-256color', FORCE_COLOR: '1' } as Record<string, string>;
delete env.CI;
const child = spawn(process.execPath, ['dist/src/cli/main.cjs', ...command], { cols: columns, rows, env });
let taken = false;

child.onData((data) => {
  terminal.write(data, () => {
    if (taken || !screenText().includes(`epoch ${values.epoch}/`)) return;
    taken = true;
    writeFileSync(target, draw());
  });
});
child.onExit(({ exitCode }) => {
  if (!taken) console.error(`the run ended (${exitCode}) before epoch ${values.epoch} was on screen`);
  process.exit(taken ? exitCode : 1);
});

function screenText(): string {
  const buffer = terminal.buffer.active;
  return Array.from(
    { length: rows },
    (_, row) => buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '',
  ).join('\n');
}

interface Style {
  color: string;
  bold: boolean;
  dim: boolean;
}

/** The screen as SVG, with cells of one style joined into one span; trailing empty lines are left out. */
function draw(): string {
  const buffer = terminal.buffer.active;
  const lines: string[] = [];
  let last = 0;
  for (let row = 0; row < rows; row++) {
    const spans = spansOf(buffer.getLine(buffer.viewportY + row));
    if (spans !== '') last = row;
    const y = PADDING + (row + 0.75) * CELL.height;
    lines.push(`<text y="${y}" xml:space="preserve">${spans}</text>`);
  }
  const width = columns * CELL.width + 2 * PADDING;
  const height = (last + 1) * CELL.height + 2 * PADDING;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Etude in a terminal">
<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, 'DejaVu Sans Mono', monospace" font-size="14" fill="${INK}">
${lines.slice(0, last + 1).join('\n')}
</g>
</svg>
`;
}

function spansOf(line: ReturnType<typeof terminal.buffer.active.getLine>): string {
  if (line === undefined) return '';
  const spans: { column: number; text: string; style: Style }[] = [];
  for (let column = 0; column < columns; column++) {
    const cell = line.getCell(column);
    const text = cell?.getChars() ?? '';
    if (cell === undefined || text === '' || text === ' ') continue;
    const style = { color: colorOf(cell), bold: cell.isBold() !== 0, dim: cell.isDim() !== 0 };
    const before = spans.at(-1);
    const gap =
      before === undefined ? Number.POSITIVE_INFINITY : column - before.column - [...before.text].length;
    // A single space inside a phrase stays in its span.
    if (before !== undefined && gap <= 1 && JSON.stringify(before.style) === JSON.stringify(style)) {
      before.text += `${' '.repeat(gap)}${text}`;
    } else spans.push({ column, text, style });
  }
  return spans
    .map(({ column, text, style }) => {
      const x = (PADDING + column * CELL.width).toFixed(1);
      // Fixes the width of each span, whatever monospace font the reader has.
      const length = ([...text].length * CELL.width).toFixed(1);
      const look = `${style.bold ? ' font-weight="bold"' : ''}${style.dim ? ' opacity="0.6"' : ''}`;
      return `<tspan x="${x}" textLength="${length}" fill="${style.color}"${look}>${escapeXml(text)}</tspan>`;
    })
    .join('');
}

type Cell = NonNullable<
  ReturnType<NonNullable<ReturnType<typeof terminal.buffer.active.getLine>>['getCell']>
>;

function colorOf(cell: Cell): string {
  if (cell.isFgPalette()) return PALETTE[cell.getFgColor()] ?? INK;
  if (cell.isFgRGB()) return `#${cell.getFgColor().toString(16).padStart(6, '0')}`;
  return INK;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
