import type { GcReport } from '../../index.js';
import { formatBytes } from '../../terminal/format.js';
import { clean, fold, type Line, span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { projectOf } from '../open-recipe.js';
import { outputWidth, printJson, printLines } from '../print.js';

export interface GcCommandOptions {
  cacheDir?: string;
  dryRun?: boolean;
  /** Bytes. */
  maxSize?: number;
  /** Milliseconds. */
  maxAge?: number;
  ignoreLocks?: boolean;
  json?: boolean;
}

const DAY = 24 * 3_600_000;

/**
 * `etude gc [RECIPE]`: frees the space of results that have not been used for long, and that no lock file of
 * the project refers to.
 */
export async function gc(recipe: string | undefined, options: GcCommandOptions): Promise<void> {
  const { dryRun, maxSize, maxAge, ignoreLocks } = options;
  const maxAgeDays = maxAge === undefined ? undefined : maxAge / DAY;
  const report = await projectOf(options).gc({ recipe, dryRun, maxBytes: maxSize, maxAgeDays, ignoreLocks });
  if (options.json) printJson(report);
  else printLines([...gcLines(report), ...aboveLimit(report, maxSize)]);
}

/** What was removed by kind, what remains, and because of which locks. */
function gcLines({ dryRun, removed, kept, bytesFreed }: GcReport): Line[] {
  const { objects, scratch, temporaries, runs, locks } = removed;
  const would = dryRun ? 'would remove' : 'removed';
  const kinds = [
    removed.entries > 0 ? count(removed.entries, 'result') : '',
    removed.chunks > 0 ? `${count(removed.chunks, 'finished chunk')}` : '',
    objects.count > 0 ? `${count(objects.count, 'object')} (${formatBytes(objects.bytes)})` : '',
    scratch.count > 0 ? `${count(scratch.count, 'unfinished stage')} (${formatBytes(scratch.bytes)})` : '',
    temporaries.count > 0
      ? `${count(temporaries.count, 'temporary file')} (${formatBytes(temporaries.bytes)})`
      : '',
    runs.count > 0 ? `${count(runs.count, 'run record')} (${formatBytes(runs.bytes)})` : '',
    locks > 0 ? `${count(locks, 'lock')} of dead processes` : '',
  ].filter((text) => text !== '');
  const what = kinds.length === 0 ? 'nothing' : kinds.join(', ');
  return [
    [
      span(`${would} `),
      span(what, kinds.length === 0 ? 'plain' : 'bold'),
      span(` · ${formatBytes(bytesFreed)}`, 'dim'),
    ],
    [
      span(
        `kept ${count(kept.entries, 'result')}, ${count(kept.objects.count, 'object')} (${formatBytes(kept.objects.bytes)})`,
        'dim',
      ),
    ],
    ...kept.roots
      .filter(({ saved }) => saved > 0)
      .map(
        ({ name, saved }): Line => [
          span(`kept ${count(saved, 'result')} for `, 'dim'),
          span(clean(name), 'dim'),
        ],
      ),
  ];
}

/** Why more remains than the limit, which would look like a failure otherwise. */
function aboveLimit({ kept }: GcReport, limit = Number.POSITIVE_INFINITY): Line[] {
  if (kept.objects.bytes <= limit) return [];
  const why = 'results used in the last hour, or named in a lock file, are kept';
  return fold(`more than ${formatBytes(limit)}: ${why}`, outputWidth()).map((text) => [span(text)]);
}
