/** The last samples of a sound that goes on. */
export class RollingWindow {
  readonly #ring: Float32Array;
  #total = 0;

  /** @param length samples that are kept */
  constructor(length: number) {
    this.#ring = new Float32Array(length);
  }

  /** Samples that were ever added. */
  get total(): number {
    return this.#total;
  }

  /** Whether as many samples were added as are kept. */
  get isFull(): boolean {
    return this.#total >= this.#ring.length;
  }

  add(samples: Float32Array): void {
    const { length } = this.#ring;
    const last = samples.subarray(Math.max(0, samples.length - length));
    const start = (this.#total + samples.length - last.length) % length;
    const untilEnd = Math.min(last.length, length - start);
    this.#ring.set(last.subarray(0, untilEnd), start);
    this.#ring.set(last.subarray(untilEnd), 0);
    this.#total += samples.length;
  }

  /** A copy of the samples that are kept, oldest first. */
  samples(): Float32Array {
    const { length } = this.#ring;
    if (!this.isFull) return this.#ring.slice(0, this.#total);
    const start = this.#total % length;
    const copy = new Float32Array(length);
    copy.set(this.#ring.subarray(start));
    copy.set(this.#ring.subarray(0, start), length - start);
    return copy;
  }
}
