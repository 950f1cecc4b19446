import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

/**
 * The bytes of an answer. If reading stops, the connection ends at once, even a hanging one, which would keep
 * the process alive.
 *
 * @param problem the error of a reader after a failure
 */
export function piecesOf(
  body: NonNullable<GetObjectCommandOutput['Body']>,
  signal: AbortSignal,
  problem: (error: unknown) => unknown,
): AsyncIterable<Uint8Array> {
  const stream = body as unknown as AsyncIterable<Uint8Array> & { destroy(): void };
  const stop = () => stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const iterator = stream[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          return await iterator.next();
        } catch (error) {
          signal.throwIfAborted();
          throw problem(error);
        }
      },
      // Not the stream's own `return`, which waits for the last requested piece.
      async return() {
        signal.removeEventListener('abort', stop);
        stop();
        return { done: true, value: undefined };
      },
    }),
  };
}
