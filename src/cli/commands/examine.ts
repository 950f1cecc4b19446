import type { ExaminedTraining, Finding } from '../../index.js';
import { formatLoss } from '../../terminal/format.js';
import { foldIndented, type Line, type Style, span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { EXIT } from '../errors.js';
import { interruptible } from '../interruptible.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { outputWidth, printJson, printLines, proseWidth } from '../print.js';
import { progressLine } from '../progress-line.js';

const MARKS: Record<Finding['verdict'], { mark: string; style: Style }> = {
  fine: { mark: '✔', style: 'green' },
  problem: { mark: '✖', style: 'red' },
  unchecked: { mark: '–', style: 'yellow' },
};

/** Columns of the longest name of a check. */
const NAME_WIDTH = 11;

/**
 * `etude doctor RECIPE [STAGE]`: why a training does not learn. Exit code 1 if there is a problem; checks
 * that could not be made are none.
 */
export async function examine(
  recipe: string,
  stage: string | undefined,
  options: RecipeOptions & { json?: boolean; steps?: number },
): Promise<void> {
  const opened = await openRecipe(recipe, options);
  const width = proseWidth(outputWidth());
  const progress = progressLine();
  let heading: string | undefined;
  const examined = await interruptible('nothing of the training on a few clips was kept', (signal) =>
    opened
      .examine({
        stage,
        steps: options.steps,
        shown: recipe,
        signal,
        onFinding(id, finding) {
          if (options.json) return;
          progress.clear();
          const lines = findingLines(finding, width);
          printLines(
            heading === id ? lines : [...(heading === undefined ? [] : [[]]), [span(id, 'bold')], ...lines],
          );
          heading = id;
        },
        onStep(id, step, steps, loss) {
          progress.update(
            () => `${id}: training on a few clips, update ${step} of ${steps}, loss ${formatLoss(loss)}`,
          );
        },
      })
      .finally(() => progress.clear()),
  );
  if (examined === undefined) return;
  if (problemsIn(examined).length > 0) process.exitCode = EXIT.failed;
  if (options.json) printJson({ trainings: examined });
  else
    printLines([
      [],
      ...foldIndented(summary(examined), width).map((text): Line => [span(text, tone(examined))]),
    ]);
}

/** A finding, with what to do about it. */
export function findingLines({ check, verdict, found, advice }: Finding, width: number): Line[] {
  const { mark, style } = MARKS[verdict];
  // On a narrow terminal, texts begin below the name.
  const isNarrow = width < 60;
  const indent = isNarrow ? 4 : NAME_WIDTH + 6;
  const prose = (text: string, first: string, look: Style): Line[] =>
    foldIndented(text, width - indent - first.length).map((part, i) => [
      span(`${' '.repeat(indent)}${i === 0 ? first : ' '.repeat(first.length)}`),
      span(part, look),
    ]);
  const name: Line = [span('  '), span(mark, style), span(' '), span(check.padEnd(NAME_WIDTH + 2), 'bold')];
  const text = verdict === 'unchecked' ? `not checked: ${found}` : found;
  const body = prose(text, '', verdict === 'unchecked' ? 'dim' : 'plain');
  const [start, ...rest] = body;
  const top = isNarrow ? [name, ...body] : [[...name, ...start!.slice(1)], ...rest];
  return [...top, ...(advice === undefined ? [] : prose(advice, '→ ', 'cyan'))];
}

function problemsIn(examined: readonly ExaminedTraining[]): Finding[] {
  return examined.flatMap(({ findings }) => findings.filter(({ verdict }) => verdict === 'problem'));
}

function tone(examined: readonly ExaminedTraining[]): Style {
  return problemsIn(examined).length > 0 ? 'red' : 'green';
}

function summary(examined: readonly ExaminedTraining[]): string {
  const all = examined.flatMap(({ findings }) => findings);
  const problems = problemsIn(examined);
  const left = all.filter(({ verdict }) => verdict === 'unchecked').length;
  const rest = left === 0 ? '' : `; ${count(left, 'check')} not made`;
  if (problems.length === 0) return `✔ no problem found in ${count(all.length - left, 'check')}${rest}`;
  return `✖ ${count(problems.length, 'problem')}: ${problems.map(({ check }) => check).join(', ')}${rest}`;
}
