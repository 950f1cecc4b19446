import type { ReportedRun } from '../../src/learning/report/section.js';
import { MemoryObjects } from './memory-objects.js';

/** Names as someone who wants to break a page would choose them. */
export const HOSTILE = [
  '</script><script>document.title="broken"</script>',
  '"><img src=x onerror=document.title="broken">',
  '<!-- <b>',
  "' onclick='alert(1)",
  '\u202eevil\u2066\u2028\u0000\u001b[31m',
  'שלום & co',
];

/**
 * An evaluation file as `evaluate` writes it, from clips of these labels: predicted ones and their scores.
 */
export function evaluationFile(
  labels: readonly string[],
  clips: readonly { truth: number; guess: number; scores?: number[]; score?: number; file?: string }[],
  split = 'test',
): string {
  const confusion = labels.map(() => labels.map(() => 0));
  for (const { truth, guess } of clips) confusion[truth]![guess]! += 1;
  const right = clips.filter(({ truth, guess }) => truth === guess).length;
  const classes = labels.map((label, id) => {
    const hits = confusion[id]![id]!;
    const support = confusion[id]!.reduce((sum, each) => sum + each, 0);
    const column = confusion.reduce((sum, row) => sum + row[id]!, 0);
    const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
    const f1 = ratio(2 * hits, support + column);
    return { label, precision: ratio(hits, column), recall: ratio(hits, support), f1, support };
  });
  return JSON.stringify({
    split,
    num_rows: clips.length,
    metrics: { loss: 0.5, accuracy: right / clips.length },
    labels,
    classes,
    confusion_matrix: confusion,
    predictions: clips.map(({ truth, guess, score = 0.75, scores, file }, row) => ({
      row,
      label: labels[truth],
      predicted: labels[guess],
      score,
      scores,
      file,
    })),
  });
}

/** A run with evaluations of these files and the log of a training. */
export async function reportedRun(
  files: readonly string[],
  parts: Partial<ReportedRun> = {},
): Promise<ReportedRun> {
  const objects = new MemoryObjects();
  const refs = await Promise.all(files.map((text) => objects.put(Buffer.from(text))));
  const parsed = files.map((text) => JSON.parse(text) as { split: string; metrics: Record<string, number> });
  const log_history = [
    { step: 10, epoch: 1, loss: 1.5, grad_norm: 2.25, learning_rate: 5e-4 },
    { step: 10, epoch: 1, eval_loss: 1.25, eval_accuracy: 0.5 },
    { step: 20, epoch: 2, loss: 0.75, grad_norm: 1.125, learning_rate: 0 },
    { step: 20, epoch: 2, eval_loss: 1, eval_accuracy: 0.625 },
  ];
  const state = await objects.put(Buffer.from(JSON.stringify({ global_step: 20, log_history })));
  return {
    name: 'tones',
    group: 'tones',
    objects,
    evaluations: [
      {
        stage: 'scores',
        artifact: {
          kind: 'report',
          metrics: Object.fromEntries(parsed.map(({ split, metrics }) => [split, metrics])),
          files: Object.fromEntries(refs.map((ref, i) => [`${i}.json`, ref])),
        },
      },
    ],
    models: [
      {
        stage: 'model',
        artifact: {
          kind: 'model',
          files: { 'trainer_state.json': state },
          labels: [],
          num_parameters: 1_500_000,
          metrics: {},
        },
      },
    ],
    datasets: [],
    ...parts,
  };
}
