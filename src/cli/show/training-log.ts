import type { ObjectRef, Objects } from '../../index.js';
import { formatLoss, formatMetric, formatNumber } from '../../terminal/format.js';
import { type Line, span } from '../../terminal/line.js';
import { sparkline } from '../../terminal/sparkline.js';
import { type Cell, table } from '../../terminal/table.js';
import { count } from '../../util/words.js';

/** The parts of a model's `trainer_state.json` that are shown. */
export interface TrainingLog {
  best_global_step?: number | null;
  best_metric?: number | null;
  global_step: number;
  max_steps: number;
  log_history: Record<string, number>[];
}

/** Rows of the table: the last ones of a long training. */
const ROWS = 20;

/** Reads the log of a training, `undefined` if a model has none. */
export async function readTrainingLog(
  files: Readonly<Record<string, ObjectRef>>,
  objects: Objects,
): Promise<TrainingLog | undefined> {
  const ref = files['trainer_state.json'];
  if (ref === undefined) return undefined;
  try {
    const log = JSON.parse(new TextDecoder().decode(await objects.read(ref))) as Partial<TrainingLog>;
    return Array.isArray(log.log_history) ? (log as TrainingLog) : undefined;
  } catch (error) {
    // A user's stage may put another file under that name.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The course of the loss, and each evaluation next to the last logged training loss. */
export function trainingLogLines(log: TrainingLog, width: number): Line[] {
  const { log_history: entries } = log;
  const losses = entries.flatMap(({ loss }) => loss ?? []);
  const lines: Line[] = [];
  if (losses.length > 0) {
    const ends = `${formatLoss(losses[0]!)} → ${formatLoss(losses.at(-1)!)}`;
    lines.push([
      span('loss  ', 'dim'),
      span(`${sparkline(losses, Math.max(8, Math.min(60, width - 30)))}  ${ends}`),
    ]);
  }
  const rows = evaluationRows(log);
  if (rows.length === 0) return lines;
  if (rows.length > ROWS)
    lines.push([span(`the last ${ROWS} of ${count(rows.length, 'evaluation')}`, 'dim')]);
  const titles = [
    'epoch',
    'step',
    'learning rate',
    'loss',
    'eval loss',
    'accuracy',
    'mAP',
    'f1 macro',
    'r2',
    '',
  ];
  const last = rows.slice(-ROWS);
  const filled = titles.flatMap((_, column) =>
    last.some((row) => row[column]?.text !== '') ? [column] : [],
  );
  const columns = filled.map((column) => ({ title: titles[column]!, align: 'right' as const }));
  const cells = last.map((row) => filled.map((column) => row[column]!));
  return [...lines, ...table(columns, cells, width)];
}

function evaluationRows({ log_history, best_global_step }: TrainingLog): Cell[][] {
  let logged: Record<string, number> = {};
  const rows: Cell[][] = [];
  for (const entry of log_history) {
    if (entry.loss !== undefined) logged = entry;
    if (entry.eval_loss === undefined) continue;
    const best = entry.step === best_global_step;
    const cells = [
      show(entry.epoch, (epoch) => formatNumber(Math.round(epoch * 100) / 100)),
      show(entry.step, String),
      show(logged.learning_rate, formatNumber),
      show(logged.loss, formatLoss),
      show(entry.eval_loss, formatLoss),
      show(entry.eval_accuracy, formatMetric),
      show(entry.eval_mAP, formatMetric),
      show(entry.eval_f1_macro, formatMetric),
      show(entry.eval_r2, formatMetric),
      best ? 'best' : '',
    ];
    rows.push(cells.map((text) => ({ text, style: best ? 'bold' : 'plain' })));
  }
  return rows;
}

function show(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '' : format(value);
}
