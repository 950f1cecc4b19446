import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { type Hashing, HashThread } from './hash-thread.js';

/**
 * Bytes. Starting a thread takes as long as hashing a few dozen megabytes; using one that is there does not.
 */
const WORTH_A_START = 32 << 20;
const WORTH_A_THREAD = 4 << 20;

let thread: HashThread | undefined;

/**
 * Hashing that leaves this thread free to read and write, for many bytes: on a thread that stays for the next
 * time. For few, and while that thread is in use, on this one.
 *
 * @param size bytes to come, as far as is known
 */
export async function hashingOf(size: number): Promise<Hashing> {
  if (thread?.isDead) thread = undefined;
  if (size >= WORTH_A_START && availableParallelism() > 1) thread ??= new HashThread();
  const isFree = size >= WORTH_A_THREAD && (await thread?.take());
  return isFree ? thread! : hashingHere();
}

function hashingHere(): Hashing {
  const hash = createHash('sha256');
  return {
    update: (piece) => void hash.update(piece),
    digest: () => hash.digest('hex'),
    release: () => undefined,
  };
}
