import { formatDuration } from '../terminal/format.js';
import { count } from '../util/words.js';
import { warnOnStderr } from './warn.js';

/** A clip this many times as long as the longest training clip gets a warning. */
const MUCH_LONGER = 2;

/**
 * What was learnt from short clips says little about long ones: the model sees the entire clip, as in the
 * pipeline. The first one is reported before it is computed, which can take long; the others all together.
 */
export class LengthWarning {
  #found = 0;
  #longest = 0;

  /** @param trained Seconds of the longest training clip, if known. */
  constructor(private readonly trained: number | undefined) {}

  /** A clip of so many seconds is about to be computed. */
  decoded({ file, duration }: { file: string; duration: number }): void {
    if (this.trained === undefined || duration <= MUCH_LONGER * this.trained) return;
    this.#found++;
    this.#longest = Math.max(this.#longest, duration);
    if (this.#found > 1) return;
    const trained = formatDuration(this.trained);
    warnOnStderr(
      `'${file}' is much longer (${formatDuration(duration)}) than the clips the model was trained on (at most ${trained}): do not rely on these scores, or use --window-length`,
    );
  }

  /** All clips are computed. */
  end(): void {
    if (this.#found < 2) return;
    const longest = formatDuration(this.#longest);
    warnOnStderr(`${count(this.#found, 'clip')} were much longer than those (up to ${longest})`);
  }
}
