import { CONVERT } from '../convert-hint.js';
import { checkFinite } from '../finite.js';
import { audioError, type ClipName } from './audio-error.js';
import { containerOf, describeUnknown } from './container.js';
import type { DecodedAudio } from './decoded-audio.js';
import type { LengthLimit } from './length-limit.js';
import { decodeWav } from './wav.js';

/** Rates that a header may state. Anything outside is a damaged header, and would blow up resampling. */
const SAMPLING_RATES = { min: 100, max: 1_536_000 };

/**
 * Decodes a file's bytes to mono samples at their own rate: WAV, FLAC, MP3, Ogg Vorbis, Opus, recognised by
 * their content. Channels are averaged, as Hugging Face datasets does.
 *
 * @param clip names the clip in errors
 * @param limit how long it may be; decoding stops where it is longer
 * @throws EtudeError naming file and row: no audio, a format that is not supported, a file truncated or
 * damaged, no samples, samples that are not finite; TooLong
 */
export async function decodeAudio(
  bytes: Uint8Array,
  clip: ClipName,
  limit?: LengthLimit,
): Promise<DecodedAudio> {
  if (bytes.length === 0) throw audioError(clip, 'audio file is empty');
  const container = containerOf(bytes);
  if (container === undefined) throw notAudio(bytes, clip);
  if (container === 'wav') {
    const { finite, ...decoded } = decodeWav(bytes, clip, limit);
    check(decoded, clip);
    if (!finite) checkFinite(decoded.samples, clip.name);
    return decoded;
  }
  const { decodeCompressed } = await import('./compressed.js');
  const decoded = await decodeCompressed(container, bytes, clip, { limit });
  check(decoded, clip);
  checkFinite(decoded.samples, clip.name);
  return decoded;
}

function notAudio(bytes: Uint8Array, clip: ClipName) {
  const { known, start } = describeUnknown(bytes);
  if (known === undefined) {
    return audioError(clip, `not audio: starts with ${start}`, {
      expected: 'WAV, FLAC, MP3, Ogg Vorbis or Opus',
    });
  }
  return audioError(clip, `${known} is not supported`, {
    expected: 'WAV, FLAC, MP3, Ogg Vorbis or Opus',
    hint: CONVERT,
  });
}

function check({ samples, sampling_rate }: DecodedAudio, clip: ClipName): void {
  const { min, max } = SAMPLING_RATES;
  if (!(sampling_rate >= min && sampling_rate <= max)) {
    throw audioError(clip, 'sampling rate in the header is implausible', {
      expected: `${min} to ${max} Hz`,
      got: `${sampling_rate} Hz`,
    });
  }
  if (samples.length === 0) throw audioError(clip, 'audio has no samples');
}
