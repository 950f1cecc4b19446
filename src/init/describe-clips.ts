import { count, listOf } from '../util/words.js';
import type { ClipSummary } from './measure-clips.js';

/** `0.4 to 3.1 s, half of them under 1.2 s; 8000 Hz; mono (1000 of 3000 clips looked at)`. */
export function describeClips({ seconds, rates, channels, measured, of, unreadable }: ClipSummary): string {
  const { min, median, max } = seconds;
  const lengths =
    max - min < 0.05 ? `${short(max)} s` : `${short(min)} to ${short(max)} s, median ${short(median)} s`;
  const hertz = `${listOf(rates)} Hz`;
  const kinds = channels.map((each) =>
    each === 1 ? 'mono' : each === 2 ? 'stereo' : count(each, 'channel'),
  );
  const looked = measured < of ? ` (${measured} of ${count(of, 'clip')} checked)` : '';
  const bad =
    unreadable === 0 ? '' : `; ${count(unreadable, 'clip')} cannot be read; the run will report why`;
  return `${[lengths, hertz, listOf(kinds)].filter((part) => part !== '').join('; ')}${looked}${bad}`;
}

/** A share in whole percent, never 0 % unless it is zero. */
export function percent(share: number): string {
  return share > 0 && share < 0.01 ? 'under 1 %' : `${Math.round(share * 100)} %`;
}

function short(seconds: number): string {
  return String(Number(seconds.toPrecision(seconds < 10 ? 2 : 3)));
}
