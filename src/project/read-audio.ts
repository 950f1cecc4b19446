import type { AudioSamples, EncodedAudio } from '../learning/data/column.js';
import type { AudioFeature } from '../stage/artifact.js';
import { EtudeError } from '../util/errors.js';

/**
 * The samples of a clip of a dataset, mono, between -1 and 1: as they are, or decoded from its file.
 *
 * @param feature The clip's column.
 * @param value As in a row.
 * @throws EtudeError for a clip that cannot be decoded.
 */
export async function readAudio(
  feature: AudioFeature,
  value: EncodedAudio | AudioSamples,
): Promise<{ samples: Float32Array; sampling_rate: number }> {
  if ('array' in value) return { samples: value.array, sampling_rate: feature.sampling_rate ?? 16_000 };
  const { decodeAudio } = await import('../learning/audio/decode/decode-audio.js');
  const { bytes, path } = value;
  if (bytes === null) throw new EtudeError(`no bytes (${path ?? 'and no path'})`);
  return decodeAudio(bytes, { name: path ?? 'clip' });
}
