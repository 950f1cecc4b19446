/** A request that is not answered with scores: the status of the answer, and its text. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    text: string,
    /** Headers of the answer. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(text);
  }
}

/** The refusal of what may work a little later. */
export function tryLater(text: string): Refusal {
  return new Refusal(503, text, { 'Retry-After': '1' });
}

/** The refusal of more files than one request may have. */
export function tooMany(maxFiles: number): Refusal {
  return new Refusal(413, `too many files: expected at most ${maxFiles}`);
}

/** The status that stands for a client that did not wait for its answer. */
export const CLIENT_GONE = 499;
