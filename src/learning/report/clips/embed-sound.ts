import { containerOf } from '../../audio/decode/container.js';
import { int16Wav } from '../../audio/encode-wav.js';
import type { ReadClip } from './read-clip.js';

const TYPES = { wav: 'audio/wav', mp3: 'audio/mpeg', flac: 'audio/flac', ogg: 'audio/ogg' };

/**
 * A clip as an address that a browser plays: 16-bit WAV, or the bytes of its file if these are fewer and are
 * all of it.
 */
export function soundAddress({ samples, sampling_rate, file }: ReadClip): string {
  const wav = int16Wav(samples, sampling_rate);
  const container = file === undefined ? undefined : containerOf(file);
  const [type, bytes] =
    container !== undefined && file!.length < wav.length ? [TYPES[container], file!] : [TYPES.wav, wav];
  return `data:${type};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')}`;
}
