import type { StagesAsked } from '../../pipeline/recipe/choose-stages.js';
import { shownFrom } from '../../util/points-outside.js';
import { quoted } from '../../util/shell-word.js';
import type { OpenedRecipe } from '../project-types.js';

/** The commands that compute a run again, from the working directory. */
export function commandsOf(
  { file, overrides }: Pick<OpenedRecipe, 'file' | 'overrides'>,
  { stages = [], until = [], from = [] }: StagesAsked,
  isLocked: boolean,
): string[] {
  const recipe = shownFrom(process.cwd(), file);
  const given = [
    ...stages,
    ...until.flatMap((id) => ['--until', id]),
    ...from.flatMap((id) => ['--from', id]),
    ...(overrides.params ?? []).flatMap((path) => ['--params', path]),
    ...(overrides.set ?? []).flatMap((value) => ['--set', value]),
  ];
  const run = ['etude', 'run', recipe, ...given].map(quoted).join(' ');
  return isLocked ? [run, `etude reproduce ${quoted(recipe)}`] : [run];
}
