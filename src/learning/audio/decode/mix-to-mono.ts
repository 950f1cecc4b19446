/**
 * The mean of the channels, as Hugging Face datasets mixes to mono (`librosa.to_mono`).
 *
 * @param interleaved frame by frame, `channels` values each
 */
export function mixInterleaved(interleaved: Float32Array, channels: number): Float32Array {
  if (channels === 1) return interleaved;
  const frames = Math.floor(interleaved.length / channels);
  const mono = new Float32Array(frames);
  for (let frame = 0, at = 0; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, at++) sum += interleaved[at]!;
    mono[frame] = sum / channels;
  }
  return mono;
}

/** The mean of channels in separate arrays of equal length. */
export function mixPlanar(channels: readonly Float32Array[]): Float32Array {
  const first = channels[0];
  if (first === undefined) return new Float32Array(0);
  if (channels.length === 1) return first;
  const mono = new Float32Array(first.length);
  for (let frame = 0; frame < mono.length; frame++) {
    let sum = 0;
    for (const channel of channels) sum += channel[frame]!;
    mono[frame] = sum / channels.length;
  }
  return mono;
}
