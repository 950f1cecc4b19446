import { readEvaluation } from '../../learning/report/evaluation.js';
import type { Artifact } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';
import { formatMetric } from '../../terminal/format.js';
import { lookUp } from '../../util/look-up.js';
import { markdownCode, markdownTable } from './markdown.js';

/** The results of finished stages, by id. */
export type Artifacts = ReadonlyMap<string, { artifact: Artifact }>;

/** A split that a stage reports on. */
interface Measured {
  stage: string;
  split: string;
  metrics: Readonly<Record<string, number>>;
  /** 95 % intervals, by metric. */
  intervals: Readonly<Record<string, readonly [low: number, high: number]>>;
}

/** A row per split that a run reports on: each metric with its interval, if it has one; the loss last. */
export async function metricsTable(entries: Artifacts, objects: Objects): Promise<string | undefined> {
  const measured = await measuredOf(entries, objects);
  const names = [...new Set(measured.flatMap(({ metrics }) => Object.keys(metrics)))];
  names.sort((one, other) => Number(one === 'loss') - Number(other === 'loss'));
  const rows = measured.map(({ stage, split, metrics, intervals }) => [
    markdownCode(stage),
    markdownCode(split),
    ...names.map((name) => {
      const value = lookUp(metrics, name);
      const ends = lookUp(intervals, name)?.map(formatMetric).join('–');
      if (value === undefined) return '';
      return ends === undefined ? formatMetric(value) : `${formatMetric(value)} (${ends})`;
    }),
  ]);
  if (rows.length === 0) return undefined;
  const table = markdownTable(
    [
      { title: 'stage' },
      { title: 'split' },
      ...names.map((name) => ({ title: name.replaceAll('_', ' '), isNumeric: true })),
    ],
    rows,
  );
  const hasIntervals = measured.some(({ intervals }) => Object.keys(intervals).length > 0);
  return hasIntervals ? `${table}\n\nIn parentheses: 95 % intervals (bootstrap).` : table;
}

async function measuredOf(entries: Artifacts, objects: Objects): Promise<Measured[]> {
  const found: Measured[] = [];
  for (const [stage, { artifact }] of entries) {
    if (artifact.kind !== 'report') continue;
    const evaluations = await readEvaluation({ stage, artifact }, objects);
    for (const [split, metrics] of Object.entries(artifact.metrics)) {
      const { intervals = {} } = evaluations.find((each) => each.split === split) ?? {};
      found.push({ stage, split, metrics, intervals });
    }
  }
  return found;
}
