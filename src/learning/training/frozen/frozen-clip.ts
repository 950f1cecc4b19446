import { createHash } from 'node:crypto';
import { padsWithZerosOnTheRight } from '../../audio/padding.js';
import { fewestSamples, frameCount } from '../../model/config.js';
import { familyOf } from '../../model/families/index.js';
import { areEqual } from '../collate.js';
import type { ClipLengths } from './cacheable-depth.js';
import type { FrozenPart } from './frozen-part.js';

/** Frames are rounded up to a multiple of this where clips differ in length, to bound the number of graphs. */
const FRAMES = 32;

/** A clip as a frozen part takes it in. What it gives depends on nothing else. */
export interface FrozenClip {
  samples: Float32Array;
  /** Samples with the zeros that are put behind them. */
  length: number;
  /** Frames that are not padding, where there is any to be masked. */
  valid?: number;
  /** Frames that are kept. */
  frames: number;
}

/**
 * Prepares clips of examples for a frozen part: those of one length as they are; others, and those with
 * attention masks where padding counts nothing, padded so that there are few lengths.
 */
export function clipPreparer(
  { entry, model: { config } }: FrozenPart,
  { lengths, validLengths, padding }: ClipLengths,
): (row: number, samples: Float32Array) => FrozenClip {
  const hop = config.conv_stride.reduce((product, stride) => product * stride, 1);
  const equal = areEqual(lengths);
  const padded =
    config.feat_extract_norm === 'layer' &&
    padsWithZerosOnTheRight(padding) &&
    familyOf(config).seesPadding !== true;
  const rounded = (frames: number) => fewestSamples(config, Math.ceil(frames / FRAMES) * FRAMES);
  return (row, samples) => {
    const given = validLengths?.[row];
    if (entry.at === 'features') {
      if (equal) return { samples, length: samples.length, frames: frameCount(config, samples.length) };
      // Of the last frames, a part is padding.
      const frames = Math.ceil(samples.length / hop);
      return { samples, length: rounded(frames), frames };
    }
    const valid = given === undefined ? undefined : frameCount(config, given);
    if (valid === undefined || !padded) {
      const frames = valid ?? frameCount(config, samples.length);
      return { samples, length: samples.length, valid, frames };
    }
    // What is left behind the last frame counts in none.
    const counting = samples.subarray(0, fewestSamples(config, valid));
    return { samples: counting, length: rounded(valid), valid, frames: valid };
  };
}

/** A digest of all of a clip that counts. */
export function digestOfClip({ samples, length, valid, frames }: FrozenClip): string {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const hash = createHash('sha256').update(`${length} ${valid} ${frames}\n`).update(bytes);
  return hash.digest('base64url');
}
