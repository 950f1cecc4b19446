import type { ModelArtifact } from '../../../stage/artifact.js';
import type { Objects } from '../../../stage/stage-type.js';
import type { Named } from '../named.js';
import { figure, table } from '../page/figure.js';
import { duration, number } from '../page/format.js';
import { type Html, html } from '../page/html.js';
import { draw, Plot, SERIES } from '../plots/draw.js';
import type { ReportedRun, Section } from '../section.js';
import { readTrainerState, series, type TrainerState } from '../trainer-state.js';

/** What each picture shows: entries of the log, and what they are called. */
const PICTURES: readonly { caption: string; keys: Readonly<Record<string, string>>; zero: boolean }[] = [
  { caption: 'Loss', keys: { loss: 'training', eval_loss: 'evaluation' }, zero: true },
  {
    caption: 'Evaluation',
    keys: { eval_accuracy: 'accuracy', eval_f1_macro: 'F1 macro', eval_mAP: 'mAP', eval_r2: 'r2' },
    zero: false,
  },
  { caption: 'Learning rate', keys: { learning_rate: 'learning rate' }, zero: true },
  { caption: 'Gradient norm', keys: { grad_norm: 'gradient norm' }, zero: true },
];

/** How the training went, and how long the stages took. */
export const training: Section = {
  id: 'training',
  title: 'Training',
  async make(run) {
    if (run.models.length + run.evaluations.length === 0) return undefined;
    const logs: Html[] = [];
    for (const model of run.models)
      logs.push(...(await modelPart(model, run.objects, run.models.length > 1)));
    const times = timesPart(run);
    if (logs.length === 0 && times === undefined) return undefined;
    return { body: html`${logs}${times}` };
  },
};

async function modelPart(
  { stage, artifact }: Named<ModelArtifact>,
  objects: Objects,
  isOneOfSeveral: boolean,
): Promise<Html[]> {
  const state = await readTrainerState(artifact, objects);
  if (state === undefined) return [];
  const pictures = PICTURES.flatMap(({ caption, keys, zero }) => pictureOf(state, caption, keys, zero) ?? []);
  const { num_parameters } = artifact;
  const size =
    num_parameters < 1e6
      ? `${num_parameters.toLocaleString('en')} parameters`
      : `${(num_parameters / 1e6).toFixed(1)} million parameters`;
  const best =
    state.best_metric === undefined
      ? ''
      : `, best metric ${number(state.best_metric)}${state.best_global_step === undefined ? '' : ` at step ${state.best_global_step}`}`;
  return [
    html`${isOneOfSeveral ? html`<h4><bdi>${stage}</bdi></h4>` : undefined}
<p>${size}, ${state.global_step} steps${best}.</p>
<div class="pair">${pictures}</div>\n`,
  ];
}

/** Lines over steps, `undefined` if the log has none of the values. */
function pictureOf(
  state: TrainerState,
  caption: string,
  keys: Readonly<Record<string, string>>,
  zero: boolean,
): Html | undefined {
  const lines = Object.entries(keys).flatMap(([key, name]) => {
    const points = series(state, key);
    return points.length === 0 ? [] : [{ name, points }];
  });
  if (lines.length === 0) return undefined;
  const picture = draw(
    {
      x: { label: 'step', domain: [0, Math.max(1, state.global_step)] },
      y: { grid: true, label: null, zero, nice: true },
      marginLeft: 56,
      marks: lines.flatMap(({ name, points }, color) => [
        Plot.line(points, { x: 'step', y: 'value', stroke: SERIES[color], strokeWidth: 2 }),
        points.length <= 40
          ? Plot.dot(points, {
              x: 'step',
              y: 'value',
              r: 3,
              fill: SERIES[color],
              title: ({ step, value }) => `${name} ${number(value)} at step ${step}`,
            })
          : null,
      ]),
    },
    `${caption} over the steps of the training`,
  );
  const steps = [...new Set(lines.flatMap(({ points }) => points.map(({ step }) => step)))].sort(
    (a, b) => a - b,
  );
  const rows = steps.map((step) => [
    step,
    ...lines.map(({ points }) => number(points.find((point) => point.step === step)?.value)),
  ]);
  const columns = [
    { title: 'Step', numeric: true },
    ...lines.map(({ name }) => ({ title: name, numeric: true })),
  ];
  return figure({
    caption,
    picture,
    legend: lines.length > 1 ? lines.map(({ name }, color) => ({ name, color: color + 1 })) : [],
    numbers: table(`${caption} by step`, columns, rows),
  });
}

/** What was computed, what was cached, and the time it took. */
function timesPart({ provenance }: ReportedRun): Html | undefined {
  if (provenance === undefined || provenance.stages.length === 0) return undefined;
  const total = provenance.stages.reduce((sum, { seconds = 0 }) => sum + seconds, 0);
  const rows = provenance.stages.map(({ id, uses, status, seconds, summary, warnings = [] }) => [
    id,
    uses,
    html`<span class="status ${status}">${status}</span>`,
    duration(seconds),
    html`${summary}${warnings.map((text) => html`<br><span class="warning">${text}</span>`)}`,
  ]);
  const columns = [
    { title: 'Stage' },
    { title: 'Type' },
    { title: 'Status' },
    { title: 'Computed in', numeric: true },
    { title: 'Result' },
  ];
  return html`<h4>Stages</h4>\n${table('Stages', columns, rows)}
<p class="note">${duration(total)} of computing in all; a stage that was a hit took its time in an earlier run.</p>`;
}
