import type { Feature, Features } from '../../../stage/artifact.js';
import type { DatasetReader } from '../../data/dataset.js';
import { matrixShape } from '../../data/matrix.js';
import { columnProblem, type Report } from '../../data/name-problems.js';
import type { Examples } from '../examples.js';
import { durationBins, type Grouping } from './groups.js';

/** Group of the rows that have no value. */
const MISSING = '(no value)';

/** Under this name, groups by duration. */
const DURATION = 'duration';

interface GroupParams {
  group_by?: string | string[];
  duration_bins?: number[];
  input_column: string;
}

/** What is wrong with the groups before anything runs. */
export function checkGroups(features: Features, params: GroupParams, report: Report): void {
  const { group_by, duration_bins, input_column } = params;
  for (const [index, column] of [group_by ?? []].flat().entries()) {
    const param = typeof group_by === 'string' ? ['group_by'] : ['group_by', index];
    const problem = columnProblem(features, column, param);
    if (problem !== undefined) report(problem);
    else if (!isGroupable(features[column]!))
      report({
        param,
        message: `cannot group by '${column}'`,
        expected: 'a column of names, classes, whole numbers or true and false',
        hint: column === DURATION ? 'duration_bins groups clips by duration.' : undefined,
      });
  }
  if (duration_bins === undefined) return;
  const input = Object.hasOwn(features, input_column) ? features[input_column] : undefined;
  if (input !== undefined && hidesDuration(input))
    report({
      param: ['duration_bins'],
      message: `'${input_column}' does not show how long a clip is`,
      expected: 'samples, or hidden states of each frame',
      got: matrixShape(input) === undefined ? 'means over all frames' : 'spectrograms of one length',
    });
}

/** Reports edges of ranges of durations that do not ascend. */
export function checkBins({ duration_bins = [] }: Pick<GroupParams, 'duration_bins'>, report: Report): void {
  const at = duration_bins.findIndex((edge, i) => i > 0 && edge <= duration_bins[i - 1]!);
  if (at > 0)
    report({
      param: ['duration_bins', at],
      message: 'the edges of duration_bins must ascend',
      expected: `more than ${duration_bins[at - 1]}`,
      got: String(duration_bins[at]),
    });
}

function hidesDuration(feature: Feature): boolean {
  const isPooled = feature._type === 'List' && feature.states?.pooling === 'mean';
  return isPooled || matrixShape(feature) !== undefined;
}

function isGroupable(feature: Feature): boolean {
  if (feature._type === 'ClassLabel') return true;
  return feature._type === 'Value' && /^(string|bool|u?int\d+)$/.test(feature.dtype);
}

/**
 * The groups of a split's rows: by each column of `group_by`, and by the duration of what the model hears.
 *
 * @param sampling_rate Hz, of the samples.
 */
export async function groupingsOf(
  reader: DatasetReader,
  examples: Examples,
  { group_by, duration_bins }: GroupParams,
  sampling_rate: number,
): Promise<Grouping[]> {
  const groupings: Grouping[] = [];
  for (const column of [group_by ?? []].flat()) {
    const feature = reader.features[column]!;
    const nameOf = (value: unknown) =>
      value === null || value === undefined
        ? MISSING
        : feature._type === 'ClassLabel'
          ? (feature.names[Number(value)] ?? MISSING)
          : String(value);
    groupings.push({ by: column, groups: (await reader.column(examples.split, column)).map(nameOf) });
  }
  if (duration_bins !== undefined) {
    const lengths = examples.validLengths ?? examples.lengths;
    const seconds = lengths.map((samples) => samples / sampling_rate);
    groupings.push({ by: DURATION, groups: durationBins(seconds, duration_bins) });
  }
  return groupings;
}
