import type { DataOnPage } from '../data/read-data.js';
import { readData, shownDataset } from '../data/read-data.js';
import { type Html, html } from '../page/html.js';
import type { RunOnPage, Section } from '../section.js';
import { classesPart } from './data/classes.js';
import { examplesPart } from './data/examples.js';
import { faultsPart, repeatsPart } from './data/faults.js';
import { histogramPart } from './data/histogram.js';
import { splitsPart } from './data/splits.js';
import { FOLLOW_SCRIPT } from './listen/follow-script.js';

/**
 * What it was trained and measured on: classes, splits, durations, levels, faults, and some clips to hear.
 */
export const data: Section = {
  id: 'data',
  title: 'Data',
  rank: 1,
  async make(run, prefix) {
    const named = shownDataset(run.datasets);
    if (named === undefined) return undefined;
    const shown = await readData(named, run, run.splits[0]?.labels);
    const examples = await examplesPart(run, shown, prefix);
    return {
      body: html`<p>As stage <bdi>${named.stage}</bdi> made it${measuredNote(shown)}</p>
${splitsPart(shown)}
<div class="pair">${classesPart(shown)}<div class="stack">${pictures(shown)}</div></div>
${await faultsPart(run, shown)}
${repeatsPart(shown)}
${warningsPart(run)}
${examples}`,
      script: run.shelf.size > 0 ? FOLLOW_SCRIPT : undefined,
    };
  },
};

function pictures(shown: DataOnPage): Html[] {
  const seconds = histogramPart(shown, {
    caption: 'Durations',
    label: 'seconds',
    of: ({ duration }) => duration,
  });
  const levels = histogramPart(shown, {
    caption: 'Levels',
    label: 'root mean square, dB below full scale',
    of: ({ rms }) => (rms > 0 ? 20 * Math.log10(rms) : undefined),
  });
  return [seconds, levels];
}

/** Whether there was too much to measure all of it. */
function measuredNote({ splits }: DataOnPage): string {
  const clips = splits.flatMap((split) => split.clips ?? []);
  const measured = clips.filter((clip) => clip !== undefined).length;
  return measured === clips.length ? '.' : `; ${measured} of ${clips.length} clips were measured.`;
}

/** What the stages that made it found odd: clips that sound alike, above all. */
function warningsPart({ provenance, models, evaluations }: RunOnPage): Html | undefined {
  const others = new Set(models.map(({ stage }) => stage).concat(evaluations.map(({ stage }) => stage)));
  const isData = (id: string) => !others.has(id);
  const lines = (provenance?.stages ?? []).flatMap(({ id, warnings = [] }) =>
    isData(id) ? warnings.map((text) => html`<li><bdi>${id}</bdi>: ${text}</li>\n`) : [],
  );
  return lines.length === 0 ? undefined : html`<h4>Warnings of its stages</h4>\n<ul>${lines}</ul>`;
}
