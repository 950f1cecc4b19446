/** The most warnings that are stored with a result, and their longest text in characters. */
const MOST = 200;
const LONGEST = 1000;

/**
 * The warnings of one stage as its entry stores them: each once, on one line, and no more than people read.
 */
export class Warnings {
  readonly #texts = new Set<string>();
  #more = 0;

  add(text: string): void {
    const line = text
      .replace(/\p{Cc}+/gu, ' ')
      .trim()
      .slice(0, LONGEST);
    if (this.#texts.has(line)) return;
    if (this.#texts.size < MOST) this.#texts.add(line);
    else this.#more += 1;
  }

  /** `undefined` if there are none. */
  list(): string[] | undefined {
    if (this.#texts.size === 0) return undefined;
    return [...this.#texts, ...(this.#more > 0 ? [`${this.#more} more warnings`] : [])];
  }
}
