import { joinPainted, type Painted, paintText, terminalColumns } from '../../terminal/terminal-text.js';
import type { Problem } from './problem.js';

export interface FormatOptions {
  /** ANSI colours. Default false. */
  color?: boolean;
  /** Columns of the terminal; longer lines of code are cut off around the position. Default 110. */
  width?: number;
  /** Folds a line that is longer than `width`; without it such lines stay as long as they are. */
  fold?(line: string, width: number): string[];
}

/**
 * `expected number, got string 'fast', did you mean 'x'?`: the text below the caret. Empty if nothing is
 * known.
 */
export function adviceOf({ expected, got, suggestion }: Problem): string {
  // A long list of names is less helpful than the one that was meant.
  const named = expected?.startsWith('one of ') && got === undefined && suggestion !== undefined;
  const parts = [
    !named && expected && `expected ${expected}`,
    got && `got ${got}`,
    suggestion && `did you mean '${suggestion}'?`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** A problem on one line, without a code frame: for logs and JSON. */
export function describeProblem(problem: Problem): string {
  const advice = [adviceOf(problem), problem.hint ?? ''].filter((part) => part !== '').join('. ');
  const text = `${positionOf(problem)} ${problem.message}${advice === '' ? '' : `: ${advice}`}`;
  return terminalColumns(text.replaceAll(/\n {2,}/g, ' '));
}

/**
 * A problem as a person reads it: position and message, then the line of the recipe with a caret and the
 * advice.
 *
 * @example
 * pipelines/minds14.yaml:33:13 unknown parameter 'learning_rat' of stage type 'train'
 *   32 |     from: encoded
 * > 33 |     with: { learning_rat: 3.0e-5 }
 *      |             ^^^^^^^^^^^^ did you mean 'learning_rate'?
 */
export async function formatProblem(problem: Problem, options: FormatOptions = {}): Promise<Painted> {
  const { default: colors } = await import('picocolors');
  const paint = colors.createColors(options.color ?? false);
  const width = options.width ?? 110;
  const fold = (line: string, room = width) => options.fold?.(line, room) ?? [line];
  // Carets point into the line of an override, so it must not be folded.
  const head = headOf(problem, problem.file === '--set' ? (line) => [line] : fold, paint.bold);
  const advice = terminalColumns(adviceOf(problem));
  const hint = problem.hint === undefined ? [] : indented(problem.hint).flatMap((line) => fold(line));
  const ending = hint.map((line) => paintText(line));
  if (problem.file === '--set') {
    const below = [paintText(carets(problem), paint.red)];
    if (advice !== '') below.push(paintText(` ${advice}`, paint.yellow));
    return joinPainted([head, joinPainted(below), ...ending], '\n');
  }
  if (problem.source === undefined)
    return joinPainted(
      [head, ...(advice === '' ? [] : fold(`  ${advice}`)).map((line) => paintText(line)), ...ending],
      '\n',
    );
  const frame = await codeFrame(problem, problem.source, advice, width);
  const painted = frame.split('\n').map((line) => {
    if (line.startsWith('>')) return joinPainted([paintText('>', paint.red), paintText(line.slice(1))]);
    const [, gutter, caret, rest] = /^(\s*\|\s*)(\^+)(.*)$/.exec(line) ?? [];
    if (gutter === undefined || caret === undefined || rest === undefined) return paintText(line, paint.dim);
    const margin = gutter.slice(0, gutter.indexOf('|') + 2);
    // Advice that does not fit next to the caret goes below it.
    const fits = options.fold === undefined || line.length <= width;
    const below = fits ? [] : fold(rest.trimStart(), width - margin.length);
    return joinPainted(
      [
        joinPainted([
          paintText(gutter, paint.dim),
          paintText(caret, paint.red),
          paintText(fits ? rest : '', paint.yellow),
        ]),
        ...below.map((part) => joinPainted([paintText(margin, paint.dim), paintText(part, paint.yellow)])),
      ],
      '\n',
    );
  });
  return joinPainted([head, ...painted, ...ending], '\n');
}

function headOf(problem: Problem, fold: (line: string) => string[], bold: (text: string) => string): Painted {
  const position = terminalColumns(positionOf(problem));
  const [summary, ...details] = indented(problem.message);
  const [first = '', ...rest] = [`${position} ${summary!.trimStart()}`, ...details].flatMap((line) =>
    fold(line),
  );
  const cut = Math.min(position.length, first.length);
  const start = joinPainted([paintText(first.slice(0, cut), bold), paintText(first.slice(cut))]);
  return joinPainted([start, ...rest.map((line) => paintText(line))], '\n');
}

/** The lines of a text, indented. One that is not is none of ours: its break comes from a name. */
function indented(text: string): string[] {
  return text.split(/\n {2}/).map((line) => `  ${terminalColumns(line)}`);
}

/** An override is in the first line itself, so that the carets go directly below it. */
function carets({ column, endColumn }: Problem): string {
  return ' '.repeat('--set '.length + column - 1) + '^'.repeat(Math.max(1, (endColumn ?? 0) - column));
}

function positionOf({ file, line, column, source }: Problem): string {
  if (file === '--set') return `--set ${(source ?? '').replaceAll(/\s/g, ' ')}:`;
  return source === undefined ? `${file}:` : `${file}:${line}:${column}`;
}

async function codeFrame(problem: Problem, source: string, advice: string, width: number): Promise<string> {
  const { codeFrameColumns } = await import('@babel/code-frame');
  const lines = source.split('\n');
  const { line } = problem;
  const room = Math.max(20, width - String(lines.length).length - 6);
  const window = cutLine(lines[line - 1] ?? '', problem.column, room);
  const shown = lines.map((text, index) =>
    Math.abs(index + 1 - line) > 1 ? '' : index + 1 === line ? window.text : cutLine(text, 1, room).text,
  );
  const column = problem.column - window.shift;
  const endColumn =
    problem.endColumn === undefined
      ? column + 1
      : Math.min(problem.endColumn - window.shift, window.text.length + 1);
  const location = { start: { line, column }, end: { line, column: Math.max(endColumn, column + 1) } };
  const frame = codeFrameColumns(shown.join('\n'), location, {
    linesAbove: 1,
    linesBelow: 0,
    message: advice,
  });
  return frame.replaceAll(/[ \t]+$/gm, '');
}

/** The part of a line that fits and contains the column. */
function cutLine(line: string, column: number, room: number): { text: string; shift: number } {
  const text = terminalColumns(line);
  if (text.length <= room) return { text, shift: 0 };
  const shift = column <= room - 10 ? 0 : Math.max(0, column - Math.floor(room / 2));
  return { text: text.slice(shift, shift + room), shift };
}
