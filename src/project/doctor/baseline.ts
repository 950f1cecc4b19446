import type { SplitEvaluation } from '../../learning/report/evaluation.js';
import { type Finding, fine, problem, unchecked } from './finding.js';
import type { TrainingFacts } from './training-facts.js';

/** A model that answers the same for so many clips has learned nothing else. */
const NEARLY_ALL = 0.95;

const ADVICE =
  'The model has learned nothing that generalises: look at the other findings first, then at the training loss (etude report).';

/** Compares cached evaluations with always answering the most frequent class. */
export function checkBaseline({
  stage,
  params,
  evaluations,
  measured,
  run,
}: Pick<TrainingFacts, 'stage' | 'params' | 'evaluations' | 'measured' | 'run'>): Finding {
  if (params.problem_type === 'multi_label_classification')
    return unchecked('baseline', 'clips with several labels have no majority class');
  if (params.problem_type === 'regression') {
    const scores = measured.flatMap(({ split, metrics }) =>
      metrics.r2 === undefined ? [] : { split, r2: metrics.r2 },
    );
    if (scores.length > 0) return compareWithMean(scores);
  }
  const judged = evaluations.filter(({ rows }) => rows > 0);
  if (judged.length === 0)
    return unchecked('baseline', `no evaluation of '${stage}' is in the cache`, `Make one with: ${run()}`);
  const compared = judged.map(compare);
  const poor = compared.filter(({ isPoor }) => isPoor);
  const sentences = (poor.length > 0 ? poor : compared).map(({ sentence }) => sentence);
  if (poor.length === 0) return fine('baseline', sentences.join('; '));
  return problem('baseline', sentences.join('; '), ADVICE);
}

/** R² is above 0 for a regression that is better than always answering the mean. */
function compareWithMean(scores: readonly { split: string; r2: number }[]): Finding {
  const poor = scores.filter(({ r2 }) => r2 <= 0);
  const isPoor = poor.length > 0;
  const sentences = (isPoor ? poor : scores).map(
    ({ split, r2 }) =>
      `R² ${r2.toFixed(3)} on split '${split}' is ${isPoor ? 'no ' : ''}better than always answering the mean`,
  );
  return isPoor ? problem('baseline', sentences.join('; '), ADVICE) : fine('baseline', sentences.join('; '));
}

function compare({ split, rows, metrics, intervals, confusion, labels }: SplitEvaluation): {
  isPoor: boolean;
  sentence: string;
} {
  const hits = confusion.reduce((sum, row, id) => sum + row[id]!, 0);
  const accuracy = metrics.accuracy ?? hits / rows;
  const own = largest(confusion.map((row) => row.reduce((sum, each) => sum + each, 0)));
  const answered = largest(labels.map((_, id) => confusion.reduce((sum, row) => sum + row[id]!, 0)));
  const baseline = own.value / rows;
  const [low] = intervals.accuracy ?? [accuracy];
  const isPoor = low <= baseline;
  const how = accuracy <= baseline ? 'no better than' : isPoor ? 'not clearly better than' : 'against';
  const always =
    isPoor && labels.length > 1 && answered.value >= NEARLY_ALL * rows
      ? `, and the model answers '${labels[answered.at]}' for ${Math.round((100 * answered.value) / rows)} % of the clips`
      : '';
  const sentence =
    `accuracy ${accuracy.toFixed(3)} on split '${split}' is ${how} the ${baseline.toFixed(3)} of always answering ` +
    `'${labels[own.at]}'${always}`;
  return { isPoor, sentence: isPoor ? sentence : sentence.replace(' is against ', ', against ') };
}

function largest(values: readonly number[]): { at: number; value: number } {
  const value = Math.max(...values);
  return { at: values.indexOf(value), value };
}
