import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { collect } from '../../pipeline/bundle/collect.js';
import type { ObjectChoice } from '../../pipeline/bundle/manifest.js';
import { writeBundle } from '../../pipeline/bundle/write-bundle.js';
import { lockPath } from '../../pipeline/lock/lock-file.js';
import type { Pipeline } from '../../pipeline/recipe/pipeline.js';
import { formatBytes } from '../../terminal/format.js';
import { type Line, span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { byteProgress } from '../byte-progress.js';
import { interruptible } from '../interruptible.js';
import { openRecipe, type RecipeOptions } from '../open.js';
import { printLines } from '../print.js';
import { warnOnStderr } from '../warn.js';

export interface BundleOptions extends RecipeOptions {
  objects: ObjectChoice;
  output?: string;
  force?: boolean;
}

/** `etude bundle RECIPE`: packs a recipe, what belongs to it, and by choice its results into one file. */
export async function bundle(recipe: string, options: BundleOptions): Promise<void> {
  const { pipeline, cache, engineId } = await (await openRecipe(recipe, options)).setting();
  const files = await filesOf(pipeline);
  const { objects } = options;
  const collected = await collect({ pipeline, cache, engineId, objects, files });
  for (const file of collected.outside)
    warnOnStderr(`not packed, because it lies outside the project: ${file}`);
  for (const reason of new Set(collected.stages.flatMap(({ without }) => without ?? []))) {
    const ids = collected.stages.flatMap(({ id, without }) => (without === reason ? [id] : []));
    warnOnStderr(`results that are not packed, because they are ${reason}: ${ids.join(', ')}`);
  }

  const output = options.output ?? `${basename(recipe, extname(recipe))}.etude.tar`;
  const progress = byteProgress('packing');
  const bytes = await interruptible('no bundle was written', (signal) =>
    writeBundle(output, collected, { signal, force: options.force, progress: progress.tell }),
  ).finally(progress.end);
  await cache.flush();
  if (bytes === undefined) return;
  const packed = (kind: string) => collected.packed.filter(({ name }) => name.startsWith(kind)).length;
  const lines: Line[] = [
    [span(output, 'bold'), span(`  ${formatBytes(bytes)}`)],
    [
      span(
        `${count(packed('project/'), 'file')} of the project, ${count(packed('cache/index/'), 'result')}, ${count(packed('cache/objects/'), 'object')}`,
        'dim',
      ),
    ],
  ];
  printLines(lines);
}

/** The recipe, what it extends, and its lock file. */
async function filesOf({ file, place }: Pipeline): Promise<string[]> {
  const { composeRecipe } = await import('../../pipeline/recipe/compose.js');
  const composed = await composeRecipe(file, place);
  const files = 'source' in composed ? composed.source.files : [file];
  const lock = lockPath(file);
  return [...files, ...(existsSync(lock) ? [lock] : [])];
}
