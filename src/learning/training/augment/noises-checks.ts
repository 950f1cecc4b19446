import type { AudioFeature, Augment, DatasetArtifact, Extracted, Features } from '../../../stage/artifact.js';
import type { AugmentParams } from '../../../stage/params.js';
import { EtudeError } from '../../../util/errors.js';
import { columnProblem, type Report } from '../../data/name-problems.js';

/**
 * Checks that there are noises to add if, and only if, they are to be added, at the rate of the clips.
 *
 * @param noises Of the input; undefined if they are not known yet.
 * @param connected Whether there is such an input.
 */
export function checkNoises(
  { background_noise, noises_column: column }: AugmentParams,
  noises: Features | undefined,
  connected: boolean,
  { config }: Extracted,
  report: Report,
): void {
  if (connected !== (background_noise !== undefined)) {
    report(
      connected
        ? { param: [], message: 'noises are connected, but not added', expected: 'background_noise' }
        : {
            param: ['background_noise'],
            message: 'no noises are connected',
            expected: 'from: { dataset: …, noises: … }, a dataset of decoded recordings',
          },
    );
    return;
  }
  if (noises === undefined) return;
  const unknown = columnProblem(noises, column, ['noises_column']);
  if (unknown !== undefined) {
    report(unknown);
    return;
  }
  const { _type, storage, sampling_rate } = noises[column] as AudioFeature;
  if (_type === 'Audio' && storage === 'samples' && sampling_rate === config.sampling_rate) return;
  report({
    param: ['noises_column'],
    message: `column '${column}' of the noises does not have the sampling rate of the clips`,
    expected: `cast-audio with sampling_rate: ${config.sampling_rate}`,
    got: _type !== 'Audio' ? _type : storage === 'samples' ? `${sampling_rate}` : 'undecoded files',
  });
}

/**
 * The noises as `augment` records them.
 *
 * @throws EtudeError if there are none.
 */
export function recordedNoises(
  { features, chunks, splits }: DatasetArtifact,
  column: string,
): NonNullable<Augment['noises']> {
  if (Object.values(splits).every(({ num_rows }) => num_rows === 0))
    throw new EtudeError('the dataset of noises is empty', { expected: 'at least one recording' });
  return {
    kind: 'dataset',
    features: { audio: features[column]! },
    chunks: chunks.map(({ rows, columns }) => ({ rows, columns: { audio: columns[column]! } })),
    splits,
  };
}
