/** A clip, or a window of one, that is ready to be computed. */
export interface PreparedClip {
  /** Of the clip. */
  id: number;
  /** The model's input. */
  input: Float32Array;
  /** Clips of the same group can be computed together. */
  group: number;
}

/** How many times as long as the shortest one the longest clip of a batch may be: the others are padded. */
const MOST_PADDING = 2;

/** Clips that wait, and which of them are computed together. */
export class WaitingClips {
  #clips: PreparedClip[] = [];
  readonly #batchSize: number;
  readonly #values: number;

  /**
   * @param batchSize The most clips of a batch.
   * @param values The most values of a batch with its padding, unless a single clip has more: so many clips
   * take no more memory than a long one.
   */
  constructor(batchSize: number, values: number) {
    this.#batchSize = batchSize;
    this.#values = values;
  }

  get size(): number {
    return this.#clips.length;
  }

  add(clip: PreparedClip): void {
    this.#clips.push(clip);
  }

  /** Forgets a clip, with all of its windows. False if it does not wait. */
  remove(id: number): boolean {
    const before = this.#clips.length;
    this.#clips = this.#clips.filter((clip) => clip.id !== id);
    return this.#clips.length < before;
  }

  /** The clip that has waited longest, with those that it can be computed with; none if none waits. */
  takeBatch(): PreparedClip[] {
    const [first] = this.#clips;
    if (first === undefined) return [];
    const batch: PreparedClip[] = [];
    let [shortest, longest] = [first.input.length, first.input.length];
    for (const clip of this.#clips) {
      if (batch.length === this.#batchSize) break;
      const low = Math.min(shortest, clip.input.length);
      const high = Math.max(longest, clip.input.length);
      const fits = high <= MOST_PADDING * low && high * (batch.length + 1) <= this.#values;
      if (clip !== first && (clip.group !== first.group || !fits)) continue;
      batch.push(clip);
      [shortest, longest] = [low, high];
    }
    const taken = new Set(batch);
    this.#clips = this.#clips.filter((clip) => !taken.has(clip));
    return batch;
  }
}
