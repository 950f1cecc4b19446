import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { openLock } from '../pipeline/lock/lock-file-io.js';
import type { LockFile } from '../pipeline/lock/types.js';
import { placeOf } from '../pipeline/recipe/recipe-paths.js';
import { yamlKey, yamlScalar } from '../pipeline/recipe/yaml-text.js';
import { terminalLine } from '../terminal/terminal-text.js';
import { EtudeError } from '../util/errors.js';
import { pointsOutside } from '../util/points-outside.js';

/**
 * A recipe that starts from a lock file: it extends the recipe next to the lock, with Hub repositories pinned
 * to the commits in the lock. Throws an EtudeError if that recipe is missing, or in another project than
 * `folder`.
 */
export async function lockRecipe(lockFile: string, folder: string, file: string): Promise<string> {
  const lock = await openLock(lockFile);
  const recipe = join(dirname(lockFile), lock.recipe);
  if (lock.recipe.includes('/') || !existsSync(recipe))
    throw new EtudeError(`the lock file's recipe is not next to it: '${lock.recipe}'`, {
      where: { file: lockFile },
    });
  const { projectDir } = placeOf(resolve(folder, 'recipe.yaml'));
  if (pointsOutside(relative(projectDir, resolve(recipe))))
    throw new EtudeError('a recipe can only extend recipes of its own project', {
      got: `'${recipe}', outside ${projectDir}`,
      hint: 'To take a recipe, its lock file and its files to another project, use etude bundle and etude unbundle.',
    });
  const base = relative(resolve(folder), resolve(recipe)).split(sep).join('/');
  const path = base.startsWith('../') ? base : `./${base}`;
  const reached = metricLines(lock).map((line) => `#   ${line}\n`);
  return `# Starts from the results of ${terminalLine(lock.recipe)} in ${terminalLine(relative('', lockFile))} (${terminalLine(lock.engine)}):
#
${reached.join('')}#
# Change what should differ, and see what does with: etude diff ${terminalLine(relative('', lockFile))} ${terminalLine(file)}
extends: ${yamlScalar(path)}
${pinnedStages(lock)}`;
}

function metricLines({ stages }: LockFile): string[] {
  const lines = Object.entries(stages).flatMap(([id, { output }]) =>
    output.kind !== 'report'
      ? []
      : Object.entries(output.metrics ?? {}).map(
          ([split, metrics]) =>
            `${terminalLine(id)}: ${terminalLine(split)} ${Object.entries(metrics)
              .map(([name, value]) => `${terminalLine(name)} ${Number(value.toPrecision(3))}`)
              .join(', ')}`,
        ),
  );
  return lines.length === 0 ? ['no report'] : lines;
}

/** `revision` of the stages that read from the Hub. */
function pinnedStages({ stages }: LockFile): string {
  const pins = Object.entries(stages).flatMap(([id, { repositories = [] }]) =>
    repositories.slice(0, 1).map(
      (
        repository,
      ) => `  # ${terminalLine(repository.id)}@${terminalLine(repository.revision)}, the revision it was at
  ${yamlKey(id, 2)}
    with:
      revision: ${yamlScalar(repository.commit)}
`,
    ),
  );
  if (pins.length > 0) return `stages:\n${pins.join('')}`;
  return `# stages:
#   model:
#     with:
#       learning_rate: 1.0e-4
`;
}
