import { EtudeError } from '../../util/errors.js';

/** How long a remote may be silent. */
export const ANSWER_TIMEOUT_MS = 15_000;

/**
 * Waits for a call on a remote, but not longer than `ms`: then its signal is aborted, and whether or not it
 * reacts, this rejects with an EtudeError. It rejects at once if `signal` is aborted.
 */
export async function withTimeout<T>(
  call: (signal: AbortSignal) => Promise<T>,
  { ms = ANSWER_TIMEOUT_MS, signal }: { ms?: number; signal?: AbortSignal },
): Promise<T> {
  signal?.throwIfAborted();
  const own = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const given = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new EtudeError(`the remote cache did not answer for ${ms / 1000} s`)),
      ms,
    );
    stop = () => reject(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
  });
  try {
    const calling = call(own.signal);
    // Once abandoned, its failure is ignored.
    calling.catch(() => undefined);
    return await Promise.race([calling, given]);
  } catch (error) {
    own.abort(error);
    throw error;
  } finally {
    clearTimeout(timer);
    if (stop !== undefined) signal?.removeEventListener('abort', stop);
  }
}

/** After some time to start, anything slower counts as stalled. Bytes per second. */
const SLOWEST = 20_000;

/** The pieces of a file, each waited for as in `withTimeout`; an EtudeError, too, if they come too slowly. */
export async function* piecesWithTimeout(
  pieces: AsyncIterable<Uint8Array>,
  options: { ms?: number; signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  const { ms = ANSWER_TIMEOUT_MS } = options;
  const began = performance.now();
  let bytes = 0;
  try {
    for (;;) {
      const next = await withTimeout(() => iterator.next(), options);
      if (next.done) return;
      bytes += next.value.byteLength;
      const waited = performance.now() - began;
      if (waited > 2 * ms && bytes < (SLOWEST * waited) / 1000)
        throw new EtudeError('the remote cache is too slow to be useful');
      yield next.value;
    }
  } finally {
    // Not awaited, because something that hangs may hang here, too.
    iterator.return?.().catch(() => undefined);
  }
}
