import { createHash } from 'node:crypto';
import { fewestSamples, frameCount } from '../../model/config.js';
import { familyOf } from '../../model/families/index.js';
import { areEqual } from '../collate.js';
import { type ClipLengths, endsWithClips } from './cacheable-depth.js';
import type { FrozenPart } from './frozen-part.js';

/** If clips differ in length, frames are rounded up to a multiple of this, to limit the number of graphs. */
const FRAMES = 32;

/** A clip as input of a frozen part, whose output depends on nothing else. */
export interface FrozenClip {
  samples: Float32Array;
  /** Samples, including the zeros appended to them. */
  length: number;
  /** Frames that are not padding, if padding is masked. */
  valid?: number;
  /** Frames that are kept. */
  frames: number;
}

/**
 * Prepares clips for a frozen part: unchanged if they have equal lengths; otherwise, or with attention masks,
 * padded to a few lengths where padding has no effect.
 */
export function clipPreparer(
  { entry, model: { config } }: FrozenPart,
  { lengths, validLengths, padding }: ClipLengths,
): (row: number, samples: Float32Array) => FrozenClip {
  const hop = config.conv_stride.reduce((product, stride) => product * stride, 1);
  const equal = areEqual(lengths);
  const padded = endsWithClips(config, padding) && familyOf(config).seesPadding !== true;
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
    // Samples after the last frame are in no frame.
    const counting = samples.subarray(0, fewestSamples(config, valid));
    return { samples: counting, length: rounded(valid), valid, frames: valid };
  };
}

/** A digest of everything that a clip's activations depend on. */
export function digestOfClip({ samples, length, valid, frames }: FrozenClip): string {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const hash = createHash('sha256').update(`${length} ${valid} ${frames}\n`).update(bytes);
  return hash.digest('base64url');
}
