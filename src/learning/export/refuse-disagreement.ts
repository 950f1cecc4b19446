import { EtudeError } from '../../util/errors.js';
import { type Agreement, isEqual, TOLERANCE } from './agreement.js';
import type { Dtype } from './dtypes/dtypes.js';

/**
 * Refuses graphs that do not agree with the training engine.
 *
 * @param options `minAgreement`: the least fraction of equal predictions of a data type other than fp32.
 * @throws EtudeError that names all of them.
 */
export function refuseDisagreement(
  graphs: readonly (Agreement & { dtype: Dtype })[],
  { split, minAgreement }: { split: string; minAgreement: number },
): void {
  const problems = graphs.flatMap((graph) => problemOf(graph, minAgreement) ?? []);
  if (problems.length === 0) return;
  const rounded = problems.some(({ isRounded }) => isRounded);
  throw new EtudeError('the exported graph does not agree with the training engine', {
    expected: [...new Set(problems.map(({ expected }) => expected))].join('; '),
    got: `on split '${split}', ${problems.map(({ got }) => got).join('; ')}`,
    hint: rounded ? 'Leave out the data type, or set a lower min_agreement.' : undefined,
  });
}

function problemOf(graph: Agreement & { dtype: Dtype }, minAgreement: number) {
  const { dtype, max_difference: difference, same_predictions: same, metric, value, reference } = graph;
  if (!Number.isFinite(difference))
    return {
      expected: 'finite logits',
      got: `${dtype}: logits that are not numbers`,
      isRounded: dtype !== 'fp32',
    };
  if (dtype === 'fp32')
    return isEqual(graph)
      ? undefined
      : {
          expected: `logits of fp32 within ${TOLERANCE}`,
          got: `fp32: ${difference.toExponential(1)}`,
          isRounded: false,
        };
  if (same === undefined || same >= minAgreement) return undefined;
  return {
    expected: `at least ${percent(minAgreement)} equal predictions`,
    got: `${dtype}: ${percent(same)} (${metric} ${reference.toFixed(3)} → ${value.toFixed(3)})`,
    isRounded: true,
  };
}

function percent(fraction: number): string {
  return `${Number((100 * fraction).toFixed(1))} %`;
}
