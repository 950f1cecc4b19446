import type { Diff, Difference } from '../../index.js';
import { clean, fitLine, fold, type Line, type Style, span, widthOf } from '../../terminal/line.js';
import { divertOutput } from '../divert-output.js';
import { reportError } from '../errors.js';
import { projectOf, type RecipeOptions, refused } from '../open-recipe.js';
import { outputWidth, printJson, printLines, proseWidth } from '../print.js';

/** As for `diff`. */
const CODE = { same: 0, different: 1, trouble: 2 } as const;

/**
 * `etude diff A B`: what differs between two recipes, runs or locks: stages, parameters, data, code, metrics.
 * Exit code 0 if nothing does, 1 if something does, 2 if they cannot be compared.
 */
export async function diff(a: string, b: string, options: RecipeOptions & { json?: boolean }): Promise<void> {
  try {
    const found = await divertOutput(() => projectOf(options).diff(a, b)).catch(refused);
    process.exitCode = found.equal ? CODE.same : CODE.different;
    if (options.json) printJson(found);
    else printLines(diffLines(found, outputWidth()));
  } catch (error) {
    reportError(error, process.stderr);
    process.exitCode = CODE.trouble;
  }
}

const styles: Partial<Record<Difference['kind'], Style>> = {
  metric: 'green',
  prediction: 'green',
  result: 'yellow',
  stage: 'cyan',
};

/** The most clips that are named in each direction. */
const NAMED = 5;

/** `  right → wrong  calls/7.wav: 'freeze' → 'address'`, a few of them. */
function clipLines({ clips }: Difference): Line[] {
  if (clips === undefined) return [];
  const lines: Line[] = [];
  for (const [title, all, named] of [
    ['wrong → right', clips.won, clips.first.won],
    ['right → wrong', clips.lost, clips.first.lost],
  ] as const) {
    for (const { row, file, label, before, after } of named.slice(0, NAMED)) {
      const wrong = title === 'right → wrong' ? after : before;
      const text = `is ${clean(label)}, not ${clean(wrong)}`;
      lines.push([span(`  ${title}  `, 'dim'), span(clean(file ?? `row ${row}`)), span(`  ${text}`, 'dim')]);
    }
    if (all > NAMED) lines.push([span(`  ${title}  and ${all - NAMED} more`, 'dim')]);
  }
  return lines;
}

function diffLines({ a, b, differences }: Diff, width: number): Line[] {
  const head: Line = [span(clean(a.name), 'bold'), span(' → '), span(clean(b.name), 'bold')];
  if (differences.length === 0) return [head, [span('no differences')]];
  const nameOf = ({ stage = '' }: Difference) => clean(stage);
  const names = Math.max(...differences.map((each) => widthOf(nameOf(each))));
  const lines: Line[] = [];
  let last: string | undefined;
  for (const difference of differences) {
    const name = nameOf(difference);
    const parts = fold(clean(difference.text), Math.max(20, proseWidth(width) - names - 2));
    for (const [index, part] of parts.entries()) {
      const label = index === 0 && name !== last ? name : '';
      lines.push([span(label.padEnd(names), 'bold'), span('  '), span(part, styles[difference.kind])]);
    }
    for (const line of clipLines(difference)) lines.push([span(' '.repeat(names + 2)), ...line]);
    last = name;
  }
  return [head, ...lines].map((line) => fitLine(line, width));
}
