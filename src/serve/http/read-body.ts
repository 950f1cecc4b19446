import type { IncomingMessage } from 'node:http';
import { CLIENT_GONE, Refusal, tryLater } from '../refusal.js';

/** How many bodies of the largest size may be in memory at a time. */
const LARGEST_BODIES = 16;

/** Counts the bytes of all bodies that are in memory, up to a limit. */
export class HeldBytes {
  readonly #most: number;
  #held = 0;

  /** @param maxBodySize The size of the largest body. */
  constructor(maxBodySize: number) {
    this.#most = LARGEST_BODIES * maxBodySize;
  }

  /** @throws Refusal if they are too many */
  add(bytes: number): void {
    if (this.#held + bytes > this.#most) throw tryLater('too many requests are being received');
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}

export interface BodyLimits {
  /** Bytes. */
  maxBodySize: number;
  held: HeldBytes;
  /** The body is no longer needed: reading it rejects with the reason. */
  signal: AbortSignal;
}

/**
 * Reads a request's body. Whoever gets it releases its bytes from `held`.
 *
 * @throws Refusal if it is too large, compressed, or does not arrive
 */
export async function readBody(incoming: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const { maxBodySize, held, signal } = limits;
  const encoding = incoming.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new Refusal(415, 'bodies with a Content-Encoding are not supported');
  const tooLarge = () => new Refusal(413, `the body is too large: expected at most ${maxBodySize} bytes`);
  if (Number(incoming.headers['content-length'] ?? 0) > maxBodySize) throw tooLarge();

  const parts: Buffer[] = [];
  let size = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      const gone = () => reject(new Refusal(CLIENT_GONE, 'the client has gone'));
      incoming.on('data', (part: Buffer) => {
        try {
          held.add(part.length);
          size += part.length;
          parts.push(part);
          if (size > maxBodySize) throw tooLarge();
        } catch (error) {
          reject(error);
        }
      });
      incoming.once('end', resolve).once('error', gone).once('close', gone);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      if (signal.aborted) reject(signal.reason);
    });
    return Buffer.concat(parts, size);
  } catch (error) {
    held.release(size);
    throw error;
  } finally {
    incoming.removeAllListeners('data');
  }
}
