/** What happens where a clip ends before a window does. */
export type Remainder = 'shift' | 'pad' | 'keep' | 'drop';

/** How clips are cut, in seconds. */
export interface WindowOptions {
  window_length_s: number;
  /** Default: `window_length_s`. */
  hop_length_s?: number;
  remainder: Remainder;
  min_length_s: number;
}

/** The least length of a window, in seconds. */
export const SHORTEST_WINDOW = 0.001;

/** How a clip is cut whose windows become one answer: all of it is heard. In seconds. */
export function windowsOfAnswer(window_length_s: number, hop_length_s?: number): WindowOptions {
  return { window_length_s, hop_length_s, remainder: 'shift', min_length_s: 0 };
}

/** How clips of one sampling rate are cut, in samples. */
export interface WindowGrid {
  length: number;
  hop: number;
  remainder: Remainder;
  /** The least that a window has of its clip. */
  shortest: number;
}

/** Seconds as samples, rounded to the nearest; at least one. */
export function windowGrid(options: WindowOptions, sampling_rate: number): WindowGrid {
  const { window_length_s, hop_length_s = window_length_s, remainder, min_length_s } = options;
  const samplesIn = (seconds: number) => Math.round(seconds * sampling_rate);
  return {
    length: Math.max(1, samplesIn(window_length_s)),
    hop: Math.max(1, samplesIn(hop_length_s)),
    remainder,
    shortest: Math.max(1, samplesIn(min_length_s)),
  };
}

/** `[start, end)` of the windows of a clip of this many samples; padding is not included. */
export function windowsOf(
  samples: number,
  { length, hop, remainder, shortest }: WindowGrid,
): [start: number, end: number][] {
  const windows: [number, number][] = [];
  let next = 0;
  for (; next + length <= samples; next += hop) windows.push([next, next + length]);
  const covered = windows.at(-1)?.[1] ?? 0;
  if (remainder !== 'drop' && covered < samples && next < samples)
    windows.push([remainder === 'shift' ? Math.max(0, samples - length) : next, samples]);
  return windows.filter(([start, end]) => end - start >= shortest);
}
