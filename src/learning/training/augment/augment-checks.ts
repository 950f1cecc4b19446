import type {
  AudioFeature,
  Augment,
  Changes,
  Extracted,
  Features,
  ListFeature,
} from '../../../stage/artifact.js';
import type { AugmentParams } from '../../../stage/params.js';
import type { OutlineProblem } from '../../../stage/stage-type.js';
import type { FeatureExtractorConfig } from '../../audio/extractors/index.js';
import { padsToLongest } from '../../audio/extractors/padded-lengths.js';
import { columnProblem, type Report } from '../../data/name-problems.js';

/** What can be changed, in the order in which it is. */
const CHANGES = [
  'speed',
  'shift',
  'gain',
  'background_noise',
  'noise',
  'telephone',
] as const satisfies (keyof Changes)[];

/** What `augment` records about a column, or the problems with it. */
export function augmentOf(
  features: Features,
  params: AugmentParams,
): { augment: Augment; feature: ListFeature } | { problems: OutlineProblem[] } {
  const problems = changeProblems(params);
  const { input_column, seed } = params;
  const unknown = columnProblem(features, input_column, ['input_column']);
  const feature = features[input_column] as ListFeature;
  if (unknown !== undefined) return { problems: [...problems, unknown] };
  const found = extractedOf(feature, input_column);
  if ('problem' in found) return { problems: [...problems, found.problem] };
  const column = params.column ?? found.extracted.column;
  const audio = audioProblem(features, column, found.extracted);
  if (audio !== undefined) problems.push({ param: ['column'], ...audio });
  if (problems.length > 0) return { problems };
  const changes: Changes = Object.fromEntries(
    CHANGES.filter((change) => params[change] !== undefined).map((change) => [change, params[change]]),
  );
  return { augment: { column, seed, changes }, feature };
}

/** The names of changes, for a message. */
export function namesOf(changes: Changes): string {
  return CHANGES.filter((change) => changes[change] !== undefined).join(', ');
}

/** What a training changes in the clips of a column, for a message; undefined if nothing. */
export function changesOf(features: Features, column: string): string | undefined {
  const augment = (features[column] as ListFeature | undefined)?.augment;
  return augment && namesOf(augment.changes);
}

/** How a column was extracted, or why that cannot be done again. */
function extractedOf(
  feature: ListFeature,
  input_column: string,
): { extracted: Extracted } | { problem: OutlineProblem } {
  const param = ['input_column'];
  if (feature.states !== undefined)
    return {
      problem: {
        param,
        message: `column '${input_column}' holds hidden states: what is computed once per clip cannot differ per epoch`,
        expected: 'a column that map-preprocess made',
        hint: 'Train on that one, with freeze_layers or freeze_base_model; frozen layers are then computed in every step.',
      },
    };
  const { extracted } = feature;
  if (feature.augment !== undefined)
    return {
      problem: {
        param,
        message: `the clips of column '${input_column}' are already augmented`,
        hint: 'Give all changes to one augment stage.',
      },
    };
  if (extracted === undefined)
    return {
      problem: {
        param,
        message: `column '${input_column}' cannot be made again, since the audio that it was made of is gone`,
        expected: 'a column that map-preprocess made, and its audio',
        hint: 'Leave the audio out of remove_columns of map-preprocess.',
      },
    };
  if (padsToLongest(extracted.options))
    return {
      problem: {
        param,
        message: 'the clips are padded to the longest ones beside them, which differ per epoch',
        expected: 'padding: max_length, or no padding, in map-preprocess: batches are padded anyway',
        got: 'padding: longest',
      },
    };
  return { extracted };
}

/** The problem of audio that lists cannot be made of; undefined if there is none. */
export function audioProblem(
  features: Features,
  column: string,
  { config }: Extracted,
): Omit<OutlineProblem, 'param'> | undefined {
  const unknown = columnProblem(features, column, ['column']);
  if (unknown !== undefined)
    return { ...unknown, message: `${unknown.message}, which the clips that are trained on are made of` };
  const audio = features[column] as AudioFeature;
  const { sampling_rate } = config as unknown as FeatureExtractorConfig;
  if (audio._type === 'Audio' && audio.storage === 'samples' && audio.sampling_rate === sampling_rate)
    return undefined;
  return {
    message: `column '${column}' is not the decoded audio`,
    expected: `samples at ${sampling_rate} Hz`,
  };
}

/** Checks that the clips of a column can be changed as the dataset says, when they are trained on. */
export function checkAugmented(features: Features, input_column: string, report: Report): void {
  const param = ['input_column'];
  const changed = Object.keys(features).find((name) => (features[name] as ListFeature).augment !== undefined);
  if (changed === undefined || !Object.hasOwn(features, input_column)) return;
  if (changed !== input_column) {
    const message = `the clips of column '${changed}' are to be augmented, but '${input_column}' is trained on`;
    report({
      param,
      message,
      expected: `input_column: ${changed}, or a dataset from before the augment stage`,
    });
    return;
  }
  const { augment, extracted } = features[input_column] as ListFeature;
  const problem = audioProblem(features, augment!.column, extracted!);
  if (problem === undefined) return;
  const { message, expected, got } = problem;
  const hint = 'Put augment after the stages that rename or remove columns.';
  report({ param, message, expected, got, hint });
}

function changeProblems(params: AugmentParams): OutlineProblem[] {
  const problems: OutlineProblem[] = [];
  if (CHANGES.every((change) => params[change] === undefined))
    problems.push({
      param: [],
      message: 'nothing is to be changed',
      expected: `one or more of ${CHANGES.join(', ')}`,
    });
  const ranges = [
    ['shift', 'min_shift', 'max_shift'],
    ['gain', 'min_gain_db', 'max_gain_db'],
    ['background_noise', 'min_snr_db', 'max_snr_db'],
    ['noise', 'min_snr_db', 'max_snr_db'],
  ] as const;
  for (const [change, least, most] of ranges) {
    const values = params[change] as Record<string, number> | undefined;
    if (values === undefined || values[least]! <= values[most]!) continue;
    problems.push({
      param: [change, least],
      message: `${least} is greater than ${most}`,
      expected: `at most ${values[most]}`,
      got: `${values[least]}`,
    });
  }
  params.speed?.factors.forEach((factor, i) => {
    if (Math.abs(factor * 100 - Math.round(factor * 100)) < 1e-6) return;
    const param = ['speed', 'factors', i];
    problems.push({
      param,
      message: 'speeds are in hundredths',
      expected: 'a number such as 0.95',
      got: `${factor}`,
    });
  });
  const { shift } = params;
  for (const name of ['min_shift', 'max_shift'] as const)
    if (shift?.shift_unit === 'fraction' && Math.abs(shift[name]) > 1)
      problems.push({
        param: ['shift', name],
        message: 'the shift is a fraction of the clip',
        expected: 'from -1 to 1, or shift_unit: seconds',
        got: `${shift[name]}`,
      });
  return problems;
}
