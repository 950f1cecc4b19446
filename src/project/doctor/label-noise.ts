import { labelErrors } from '../../learning/report/label-errors.js';
import { count } from '../../util/words.js';
import { type Finding, fine, problem, unchecked } from './finding.js';
import type { TrainingFacts } from './training-facts.js';

/** With a lower accuracy, what a model thinks of labels says more about the model. */
const GOOD_ENOUGH = 0.6;
/** A model that is right so often is wrong about some labels, too. */
const TOLERATED = 0.05;

/**
 * Counts clips whose label is probably wrong, by confident learning on the cached evaluations: an estimate
 * for all data, since nobody labels test clips more carefully than others.
 */
export function checkLabelNoise({
  stage,
  params,
  evaluations,
  shown,
  run,
}: Pick<TrainingFacts, 'stage' | 'params' | 'evaluations' | 'shown' | 'run'>): Finding {
  if (params.problem_type !== 'single_label_classification')
    return unchecked('label-noise', `this is only estimated for single_label_classification`);
  const scored = evaluations.filter(({ predictions }) =>
    predictions.some(({ scores }) => scores !== undefined),
  );
  if (scored.length === 0)
    return unchecked(
      'label-noise',
      `no evaluation of '${stage}' with the scores of all classes is in the cache`,
      `Make one with: ${run()}`,
    );
  const able = scored.filter(({ metrics }) => (metrics.accuracy ?? 0) >= GOOD_ENOUGH);
  if (able.length === 0)
    return unchecked(
      'label-noise',
      `the model is too often wrong (accuracy below ${GOOD_ENOUGH}) to say which labels are`,
    );
  const counted = able.map(({ split, stage: by, predictions, labels }) => ({
    split,
    by,
    clips: predictions.length,
    doubtful: labelErrors(predictions, labels),
  }));
  const noisy = counted.filter(({ doubtful, clips }) => doubtful.length > TOLERATED * clips);
  const sentence = ({ split, clips, doubtful }: (typeof counted)[number]) =>
    `${doubtful.length} of ${count(clips, 'clip')} of split '${split}' (${Math.round((100 * doubtful.length) / clips)} %)`;
  if (noisy.length === 0)
    return fine('label-noise', `labels that are probably wrong: ${counted.map(sentence).join('; ')}`);
  const [first] = noisy;
  const rows = first!.doubtful.slice(0, 3).map(({ row }) => row);
  return problem(
    'label-noise',
    `labels that are probably wrong: ${noisy.map(sentence).join('; ')}`,
    `Listen to them and correct their labels: the report lists them (etude report ${shown}), and etude play ${shown} ${first!.by} ROW --split ${first!.split} plays one (rows ${rows.join(', ')}, …).`,
  );
}
