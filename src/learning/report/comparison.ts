import { fallsWhenBetter } from '../../stage/falls-when-better.js';
import { table } from './page/figure.js';
import { duration, score, words } from './page/format.js';
import { type Content, type Html, html } from './page/html.js';
import type { ReportedRun } from './section.js';

/**
 * The metrics of several runs next to each other, the best of each in bold, and the parameters that differ.
 */
export function comparison(runs: readonly ReportedRun[]): Html {
  const values = runs.map(metricsOf);
  const names = [...new Set(values.flatMap((metrics) => [...metrics.keys()]))];
  const params = differing(runs);
  const best = new Map(names.map((name) => [name, bestOf(name, values)]));
  const rows = runs.map((run, i): Content[] => [
    html`<a href="#run-${i}"><bdi>${run.name}</bdi></a>`,
    ...params.map((name) => shown(run.provenance?.params[name])),
    ...names.map((name) => {
      const value = values[i]!.get(name);
      return value !== undefined && value === best.get(name)
        ? html`<strong>${score(value)}</strong>`
        : score(value);
    }),
    duration(run.provenance?.stages.reduce((sum, { seconds = 0 }) => sum + seconds, 0)),
  ]);
  const columns = [
    { title: 'Run' },
    ...params.map((name) => ({ title: name })),
    ...names.map((name) => ({ title: words(name), numeric: true })),
    { title: 'Time', numeric: true },
  ];
  return html`<section id="comparison" aria-labelledby="comparison-title"><h2 id="comparison-title">Comparison</h2>
${table('Metrics of all runs', columns, rows)}
<p class="note">The best value of each metric is in bold.</p></section>`;
}

/**
 * `<split>_<metric>`, as the Trainer names them. A later evaluation of the same split has its stage in front.
 */
function metricsOf({ evaluations }: ReportedRun): Map<string, number> {
  const metrics = new Map<string, number>();
  const taken = new Set<string>();
  for (const { stage, artifact } of evaluations)
    for (const [split, values] of Object.entries(artifact.metrics)) {
      const owner = taken.has(split) ? `${stage}_${split}` : split;
      taken.add(split);
      for (const [metric, value] of Object.entries(values)) metrics.set(`${owner}_${metric}`, value);
    }
  return metrics;
}

function bestOf(name: string, values: readonly ReadonlyMap<string, number>[]): number | undefined {
  const known = values.flatMap((metrics) => metrics.get(name) ?? []);
  if (known.length < 2) return undefined;
  return fallsWhenBetter(name) ? Math.min(...known) : Math.max(...known);
}

/** Names of the parameters that are not the same in all runs. */
function differing(runs: readonly ReportedRun[]): string[] {
  const names = new Set(runs.flatMap(({ provenance }) => Object.keys(provenance?.params ?? {})));
  return [...names].filter(
    (name) => new Set(runs.map(({ provenance }) => shown(provenance?.params[name]))).size > 1,
  );
}

function shown(value: unknown): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
