import { appendFile, mkdir, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { messageOf } from '../../../util/errors.js';
import type { LogEntry } from '../training-state.js';
import { eventRecord, type TensorBoardEvent } from './tensorboard-events.js';
import type { Tracker } from './tracker.js';

/** Bytes that wait for a slow disk; what comes after that is dropped. */
const MOST_WAITING = 2 ** 20;

/** How long the end of a training waits for it. */
const PATIENCE_MS = 5000;

/**
 * Event files for TensorBoard, with the tags of transformers' `TensorBoardCallback`. Each start of a training
 * writes a new file into its folder, as there; TensorBoard shows them as one.
 */
export class TensorBoard implements Tracker {
  readonly #folder: string;
  readonly #texts: Readonly<Record<string, string>>;
  readonly #warn: (text: string) => void;
  readonly #file: string;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #writing: Promise<void> | undefined;
  #failed = false;

  /**
   * @param folder Of this training alone.
   * @param texts Shown beside the curves, by tag.
   * @param warn Called once, if writing fails.
   */
  constructor(folder: string, texts: Readonly<Record<string, string>>, warn: (text: string) => void) {
    this.#folder = folder;
    this.#texts = texts;
    this.#warn = warn;
    const host = hostname().replaceAll(/[^\w.-]/g, '_') || 'host';
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    this.#file = join(folder, `events.out.tfevents.${seconds}.${host}.${process.pid}.0`);
  }

  begin(step: number, history: readonly LogEntry[]): void {
    this.#writing = this.#begin(step, history).catch((error: unknown) => this.#fail(messageOf(error)));
  }

  async #begin(step: number, history: readonly LogEntry[]): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const isNew = !(await readdir(this.#folder)).some((name) => name.includes('.tfevents.'));
    const opening: TensorBoardEvent[] = [{ type: 'version' }];
    // What an interrupted training reported after the state that this one continues from.
    if (!isNew) opening.push({ type: 'start', step: step + 1 });
    for (const [tag, text] of Object.entries(this.#texts)) opening.push({ type: 'text', tag, text });
    if (isNew) opening.push(...history.map(scalars));
    const records = opening.map((event) => eventRecord(event, Date.now() / 1000));
    await appendFile(this.#file, Buffer.concat(records), { flag: 'ax' });
    await this.#write();
  }

  log(entry: LogEntry): void {
    if (this.#failed) return;
    const record = eventRecord(scalars(entry), Date.now() / 1000);
    if (this.#bytes + record.length > MOST_WAITING) {
      this.#fail('the disk is too slow');
      return;
    }
    this.#waiting.push(record);
    this.#bytes += record.length;
    this.#writing ??= this.#write().catch((error: unknown) => this.#fail(messageOf(error)));
  }

  async end(): Promise<void> {
    const writing = this.#writing;
    if (writing === undefined) return;
    const late = new AbortController();
    const limit = setTimeout(PATIENCE_MS, 'late', { signal: late.signal, ref: false });
    const first = await Promise.race([writing, limit.catch(() => undefined)]);
    late.abort();
    if (first === 'late') this.#fail('the disk is too slow');
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#failed) {
      const records = this.#waiting.splice(0);
      await appendFile(this.#file, Buffer.concat(records));
      this.#bytes -= records.reduce((sum, { length }) => sum + length, 0);
    }
    this.#writing = undefined;
  }

  #fail(why: string): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#warn(`nothing more is reported to TensorBoard: ${why}`);
  }
}

/** As `rewrite_logs` of transformers names them. */
function scalars({ step, ...entry }: LogEntry): TensorBoardEvent {
  const values = Object.entries(entry).map(([name, value]): [string, number] => [
    name.startsWith('eval_') ? `eval/${name.slice('eval_'.length)}` : `train/${name}`,
    value,
  ]);
  return { type: 'scalars', step: step!, values: Object.fromEntries(values) };
}
