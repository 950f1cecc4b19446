import { hashedValues } from './hashed-values.js';

/**
 * Clips with more or less silence at their ends, the same samples each time; some are all noise, or all
 * silent.
 */
export function silentEnds(): Record<string, Float32Array> {
  const clips: Record<string, Float32Array> = {};
  for (const [i, [before, sound, after]] of [
    [3000, 9000, 5000],
    [0, 4000, 6001],
    [7777, 2500, 0],
    [0, 12000, 0],
    [100, 300, 100],
    [5000, 1, 5000],
    [20000, 3000, 14000],
  ].entries()) {
    const clip = hashedValues(`silence ${i}`, before! + sound! + after!);
    const faint = 10 ** -(2 + i / 2);
    // Rises and falls, so that the threshold decides.
    for (let at = 0; at < clip.length; at++) {
      const inside = Math.min(at - before!, before! + sound! - 1 - at);
      clip[at]! *= inside < 0 ? faint : Math.min(0.8, faint + inside / 1500);
    }
    clips[`clip ${i}`] = clip;
  }
  clips.silent = new Float32Array(5000);
  clips['below 1e-5'] = hashedValues('faint', 5000, { scale: 1e-6 });
  return clips;
}

/** Options of `librosa.effects.trim`. */
export const TRIMS = [
  { top_db: 60, frame_length: 2048, hop_length: 512 },
  { top_db: 30, frame_length: 2048, hop_length: 512 },
  { top_db: 20, frame_length: 401, hop_length: 100 },
  { top_db: 45.5, frame_length: 128, hop_length: 256 },
];
