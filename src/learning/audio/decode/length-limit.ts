import { EtudeError } from '../../../util/etude-error.js';
import type { ClipName } from './audio-error.js';

/** Values per second that a clip may have over all its channels: 8 channels at 48 kHz. */
const VALUES_PER_SECOND = 8 * 48_000;

/** A clip that is longer than it may be. */
export class TooLong extends EtudeError {}

/**
 * How long one clip may be. Decoders count what they are about to decode, or have just decoded: a few bytes
 * can stand for hours, and what headers say about that is not trusted.
 */
export class LengthLimit {
  #seconds = 0;
  #values = 0;

  /** @param seconds The most that the clip may last. */
  constructor(readonly seconds: number) {}

  /**
   * Counts samples of the clip.
   *
   * @param samples per channel
   * @param sampling_rate Hz
   * @throws TooLong if they are too many together with those before
   */
  add(samples: number, sampling_rate: number, channels: number, { name, row }: ClipName): void {
    if (sampling_rate > 0) this.#seconds += samples / sampling_rate;
    this.#values += samples * channels;
    if (this.#seconds <= this.seconds && this.#values <= this.seconds * VALUES_PER_SECOND) return;
    const where = { file: name, ...(row !== undefined && { row }) };
    const expected = `at most ${this.seconds} s`;
    if (this.#seconds > this.seconds) throw new TooLong('the clip is too long', { expected, where });
    throw new TooLong('the clip has too many samples', {
      expected: `${expected} of 8 channels at 48 kHz`,
      where,
    });
  }
}
