import { containerOf } from '../../audio/decode/container.js';
import { writeWav } from '../../audio/encode-wav.js';
import type { ReadClip } from './read-clip.js';

const TYPES = { wav: 'audio/wav', mp3: 'audio/mpeg', flac: 'audio/flac', ogg: 'audio/ogg' };

/**
 * A clip as an address that a browser plays: 16-bit WAV, or the bytes of its file if these are fewer and are
 * all of it.
 */
export function soundAddress({ samples, sampling_rate, file }: ReadClip): string {
  const wav = writeWav({ encoding: 'int16', channels: 1, sampling_rate }, int16(samples));
  const container = file === undefined ? undefined : containerOf(file);
  const [type, bytes] =
    container !== undefined && file!.length < wav.length ? [TYPES[container], file!] : [TYPES.wav, wav];
  return `data:${type};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')}`;
}

function int16(samples: Float32Array): Uint8Array {
  const data = new Uint8Array(2 * samples.length);
  const view = new DataView(data.buffer);
  for (const [at, sample] of samples.entries())
    view.setInt16(2 * at, Math.max(-32768, Math.min(32767, Math.round(sample * 32768))), true);
  return data;
}
