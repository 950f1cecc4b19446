import { EtudeError } from '../../util/errors.js';
import { inParallel } from './fetch-result.js';
import { watchStalls } from './stall-watch.js';
import { ANSWER_TIMEOUT_MS, withTimeout } from './timeouts.js';
import type { PutOptions, Upload } from './types.js';

/** A store that accepts one file at a time. */
interface SingleStore {
  put(key: string, upload: Upload, signal: AbortSignal): Promise<'stored' | 'present'>;
}

/** `putMany` for a store that gains nothing from batches: several files in transit at the same time. */
export async function putEach(
  store: SingleStore,
  uploads: ReadonlyMap<string, Upload>,
  options: PutOptions = {},
): Promise<number> {
  let stored = 0;
  await inParallel([...uploads], options.signal, async ([key, upload], signal) => {
    if ((await putOne(store, key, upload, { ...options, signal })) === 'stored') stored++;
  });
  return stored;
}

/** Sends one file; the store's time limit starts again with every piece that it accepts. */
async function putOne(
  store: SingleStore,
  key: string,
  upload: Upload,
  { ms = ANSWER_TIMEOUT_MS, signal, progress }: PutOptions,
): Promise<'stored' | 'present'> {
  const error = () => new EtudeError(`the remote cache accepted nothing for ${ms / 1000} s`);
  const watch = watchStalls(ms, error, signal);
  const pieces = async function* (start?: number, end?: number) {
    for await (const piece of upload.pieces(start, end)) {
      watch.touch();
      yield piece;
      progress?.(piece.byteLength);
    }
  };
  try {
    return await withTimeout((own) => store.put(key, { size: upload.size, pieces }, own), {
      ms: 2 ** 31 - 1,
      signal: watch.signal,
    });
  } finally {
    watch.end();
  }
}
