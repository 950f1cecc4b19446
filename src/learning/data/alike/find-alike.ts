/** Half of a frame's bits, and which half: 2 · 2¹⁶ keys. */
const KEYS = 2 ** 17;
/** Codecs delay a recording, and cut it: by at most this many frames of 16 ms. */
const MOST_SHIFT = 20;
const SHIFTS = 2 * MOST_SHIFT + 1;
/** Frames that must be shared exactly, by halves, before two clips are compared. */
const FEWEST_VOTES = 3;
/** The most frames under one key that are looked at: beyond, it says nothing. */
const MOST_PER_KEY = 256;
/** Clips that are compared with one clip, those with the most votes. */
const MOST_COMPARED = 20;
/** Frames that both must have, at least, and which share of those of the longer one. */
const FEWEST_FRAMES = 12;
const SHARE = 0.7;
/** Share of bits that may differ. */
export const MOST_ERRORS = 0.25;

/** Frames of many clips by halves of their bits, to find those that sound like another one. */
export class SoundIndex {
  readonly #prints: readonly Uint32Array[];
  readonly #starts = new Uint32Array(KEYS + 1);
  readonly #clips: Uint32Array;
  readonly #frames: Uint16Array;

  constructor(prints: readonly Uint32Array[]) {
    this.#prints = prints;
    for (const print of prints)
      for (const bits of print) if (bits !== 0) for (const key of keysOf(bits)) this.#starts[key + 1]! += 1;
    for (let key = 0; key < KEYS; key += 1) this.#starts[key + 1]! += this.#starts[key]!;
    const filled = this.#starts.slice();
    this.#clips = new Uint32Array(this.#starts[KEYS]!);
    this.#frames = new Uint16Array(this.#starts[KEYS]!);
    for (const [clip, print] of prints.entries())
      for (const [frame, bits] of print.entries()) {
        if (bits === 0) continue;
        for (const key of keysOf(bits)) {
          const at = filled[key]!++;
          this.#clips[at] = clip;
          this.#frames[at] = frame;
        }
      }
  }

  /** The clip that is most like this one, if it is the same recording; and the share of bits that differ. */
  find(print: Uint32Array): { clip: number; errors: number } | undefined {
    const votes = new Map<number, number>();
    for (const [frame, bits] of print.entries()) {
      if (bits === 0) continue;
      for (const key of keysOf(bits)) {
        const [start, end] = [this.#starts[key]!, this.#starts[key + 1]!];
        if (end - start > MOST_PER_KEY) continue;
        for (let at = start; at < end; at += 1) {
          const shift = this.#frames[at]! - frame + MOST_SHIFT;
          if (shift < 0 || shift >= SHIFTS) continue;
          const candidate = this.#clips[at]! * SHIFTS + shift;
          votes.set(candidate, (votes.get(candidate) ?? 0) + 1);
        }
      }
    }
    const candidates = [...votes].filter(([, count]) => count >= FEWEST_VOTES).sort((a, b) => b[1] - a[1]);
    let best: { clip: number; errors: number } | undefined;
    for (const [candidate] of candidates.slice(0, MOST_COMPARED)) {
      const [clip, shift] = [Math.floor(candidate / SHIFTS), (candidate % SHIFTS) - MOST_SHIFT];
      const errors = bitErrors(print, this.#prints[clip]!, shift);
      if (errors <= MOST_ERRORS && errors < (best?.errors ?? 1)) best = { clip, errors };
    }
    return best;
  }
}

function keysOf(bits: number): [number, number] {
  return [bits & 0xffff, 0x10000 | (bits >>> 16)];
}

/**
 * Share of bits that differ between frames of one and frames of the other, `shift` later; 1 if they share
 * few.
 */
export function bitErrors(one: Uint32Array, other: Uint32Array, shift: number): number {
  let [shared, errors, inOne, inOther] = [0, 0, 0, 0];
  for (const bits of other) if (bits !== 0) inOther += 1;
  for (const [frame, bits] of one.entries()) {
    if (bits === 0) continue;
    inOne += 1;
    const against = other[frame + shift] ?? 0;
    if (against === 0) continue;
    shared += 1;
    errors += ones(bits ^ against);
  }
  if (shared < FEWEST_FRAMES || shared < SHARE * Math.max(inOne, inOther)) return 1;
  return errors / (32 * shared);
}

/** Number of bits that are set. */
function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
