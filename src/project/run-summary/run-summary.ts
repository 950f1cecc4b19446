import type { RunFinished } from '../../pipeline/run/run-pipeline.js';
import type { Objects } from '../../stage/stage-type.js';
import { formatDuration } from '../../terminal/format.js';
import { shownFrom } from '../../util/points-outside.js';
import { count } from '../../util/words.js';
import { version } from '../version.js';
import { markdownCode, markdownLines, markdownTable, markdownText } from './markdown.js';
import { matrixTable } from './matrix-table.js';
import { type Artifacts, metricsTable } from './metrics-table.js';

/** What a summary is made from. */
export interface SummarizedRun {
  /** The recipe's name. */
  pipeline: string;
  /** The engine and its version. */
  engine: string;
  finished: RunFinished;
  entries: Artifacts;
  objects: Objects;
  /** The commands that compute it again. */
  commands: readonly string[];
}

const HEADS = { success: '✅', failed: '❌', cancelled: '🛑' };

/**
 * A run as GitHub Flavored Markdown, for job summaries and pull requests: metrics with their intervals,
 * errors, stages and their times, models, and how to compute it again.
 */
export async function summaryOf(run: SummarizedRun): Promise<string> {
  const { pipeline, engine, finished, commands } = run;
  const { status, stages, seconds, matrix } = finished;
  const tally = (['hit', 'run', 'failed', 'skipped'] as const).flatMap((of) => {
    const number = stages.filter((stage) => stage.status === of).length;
    return number === 0 ? [] : [of === 'hit' ? count(number, 'hit') : `${number} ${of}`];
  });
  const facts = [...tally, formatDuration(seconds), engine, `Etude ${version()}`];
  const parts = [
    `## ${HEADS[status]} ${markdownText(pipeline)}: ${status}`,
    facts.map(markdownText).join(' · '),
    matrix ? matrixTable(matrix) : await metricsTable(run.entries, run.objects),
    ...stages.flatMap(({ id, error }) =>
      error === undefined ? [] : [`**${markdownCode(id)} failed**`, markdownLines(error.split('\n'))],
    ),
    stagesTable(stages),
    modelsTable(finished.models),
    '**Compute it again**',
    markdownLines(commands),
  ];
  return `${parts.filter((part) => part !== undefined).join('\n\n')}\n`;
}

function stagesTable(stages: RunFinished['stages']): string {
  const rows = stages.map(({ id, uses, status, because, seconds }) => [
    markdownCode(id),
    markdownText(uses),
    status,
    markdownText(because.join(', ')),
    status === 'skipped' ? '' : formatDuration(seconds),
  ]);
  const titles = ['stage', 'uses', 'hit/run', 'because'].map((title) => ({ title }));
  return markdownTable([...titles, { title: 'time', isNumeric: true }], rows);
}

function modelsTable(models: RunFinished['models']): string | undefined {
  const rows = Object.entries(models).map(([id, folder]) => [
    markdownCode(id),
    markdownCode(shownFrom(process.cwd(), folder)),
  ]);
  return rows.length === 0 ? undefined : markdownTable([{ title: 'model' }, { title: 'folder' }], rows);
}
