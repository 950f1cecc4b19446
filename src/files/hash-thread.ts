import { Worker } from 'node:worker_threads';

/** SHA-256 of pieces as they come. */
export interface Hashing {
  /** The piece may be changed once this has resolved. */
  update(piece: Uint8Array): Promise<void> | void;
  digest(): Promise<string> | string;
  /** Must be called in the end, whatever happened. */
  release(): void;
}

/** Bytes of a slot, and their number: enough for the thread never to wait for the next message. */
const SLOT = 1 << 20;
const SLOTS = 8;

/** What the thread runs: each message is the number of bytes in the next slot, or the end of a hash. */
const RUN = `
const { parentPort, workerData } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const slots = workerData.map((slot) => new Uint8Array(slot));
let hash = createHash('sha256');
let at = 0;
parentPort.on('message', (length) => {
  if (typeof length === 'number') {
    hash.update(slots[at].subarray(0, length));
    at = (at + 1) % slots.length;
    parentPort.postMessage('slot');
  } else {
    const digest = hash.digest('hex');
    hash = createHash('sha256');
    if (length === 'digest') parentPort.postMessage({ digest });
  }
});
`;

/**
 * A thread that hashes, for one user at a time. Bytes reach it through memory that both threads see. It does
 * not keep the process alive while it is free.
 */
export class HashThread implements Hashing {
  readonly #slots = Array.from({ length: SLOTS }, () => new Uint8Array(new SharedArrayBuffer(SLOT)));
  readonly #worker: Worker;
  readonly #started: Promise<boolean>;
  #isTaken = false;
  /** Whether the thread is in the middle of a hash. */
  #hasUpdates = false;
  #at = 0;
  #free = SLOTS;
  #failure: Error | undefined;
  #waiting: { onSlot?(): void; onDigest?(digest: string): void; reject(error: Error): void } | undefined;

  constructor() {
    this.#worker = new Worker(RUN, {
      eval: true,
      execArgv: [],
      workerData: this.#slots.map(({ buffer }) => buffer),
    });
    this.#started = new Promise((resolve) => {
      this.#worker.once('online', () => resolve(true));
      this.#worker.once('exit', () => resolve(false));
    });
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', (code) =>
      this.#fail(new Error(`the thread that hashes ended with code ${code}`)),
    );
    this.#worker.on('message', (message: 'slot' | { digest: string }) => {
      if (message === 'slot') {
        this.#free++;
        this.#waiting?.onSlot?.();
      } else this.#waiting?.onDigest?.(message.digest);
    });
    this.#worker.unref();
  }

  /** False if it is in use, or cannot be started. */
  async take(): Promise<boolean> {
    if (this.#isTaken) return false;
    this.#isTaken = true;
    this.#worker.ref();
    if ((await this.#started) && !this.isDead) return true;
    this.release();
    return false;
  }

  get isDead(): boolean {
    return this.#failure !== undefined;
  }

  async update(piece: Uint8Array): Promise<void> {
    this.#hasUpdates = true;
    for (let start = 0; start < piece.byteLength; start += SLOT) {
      const part = piece.subarray(start, start + SLOT);
      if (this.#free === 0) await this.#wait<void>((resolve) => ({ onSlot: resolve }));
      this.#throwIfDead();
      this.#slots[this.#at]!.set(part);
      this.#at = (this.#at + 1) % SLOTS;
      this.#free--;
      this.#worker.postMessage(part.byteLength);
    }
  }

  async digest(): Promise<string> {
    this.#throwIfDead();
    this.#hasUpdates = false;
    this.#worker.postMessage('digest');
    return this.#wait<string>((resolve) => ({ onDigest: resolve }));
  }

  release(): void {
    // Of a hash that was given up.
    if (this.#hasUpdates) this.#worker.postMessage('forget');
    this.#hasUpdates = false;
    this.#isTaken = false;
    this.#worker.unref();
  }

  #wait<T>(listener: (resolve: (value: T) => void) => object): Promise<T> {
    this.#throwIfDead();
    return new Promise<T>((resolve, reject) => {
      this.#waiting = { ...listener(resolve), reject };
    }).finally(() => {
      this.#waiting = undefined;
    });
  }

  #throwIfDead(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
  }
}
