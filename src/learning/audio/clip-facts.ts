import type { ClipName } from './decode/audio-error.js';
import { containerOf } from './decode/container.js';
import { decodeAudio } from './decode/decode-audio.js';
import { readWavLayout } from './decode/wav.js';
import { BYTES_PER_SAMPLE } from './decode/wav-samples.js';

/** What a person first wants to know about a clip. */
export interface ClipFacts {
  seconds: number;
  /** Hz. */
  sampling_rate: number;
  /** Undefined if the header does not say. */
  channels?: number;
}

/**
 * A clip's duration, sampling rate and channels. A WAV file's header gives them; compressed audio is decoded.
 */
export async function clipFacts(bytes: Uint8Array, clip: ClipName): Promise<ClipFacts> {
  if (containerOf(bytes) === 'wav') {
    const { data, channels, encoding, sampling_rate } = readWavLayout(bytes, clip);
    const frames = data.length / (channels * BYTES_PER_SAMPLE[encoding]);
    return { seconds: frames / sampling_rate, sampling_rate, channels };
  }
  const { samples, sampling_rate } = await decodeAudio(bytes, clip);
  return { seconds: samples.length / sampling_rate, sampling_rate, channels: channelsOf(bytes) };
}

/** From the header of a FLAC file (STREAMINFO), of Ogg Vorbis or of Opus. */
function channelsOf(bytes: Uint8Array): number | undefined {
  const head = Buffer.from(bytes.subarray(0, 256)).toString('latin1');
  if (head.startsWith('fLaC')) return (((bytes[20] ?? 0) >> 1) & 7) + 1;
  const vorbis = head.indexOf('\x01vorbis');
  if (vorbis >= 0) return bytes[vorbis + 11];
  const opus = head.indexOf('OpusHead');
  return opus >= 0 ? bytes[opus + 9] : undefined;
}
