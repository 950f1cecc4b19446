import { EventEmitter } from 'node:events';
import { columnsOf } from '../../terminal/line.js';
import { type OutputStream, writePainted } from '../../terminal/output.js';
import { ERASE_UP, type Painted } from '../../terminal/terminal-text.js';

/**
 * The terminal as presented to Ink. It is one row shorter, so that Ink never clears a small terminal along
 * with its scrollback (the live region is kept small by its own layout); its reader may go away; and it
 * learns of a new size only after what the old one left behind was erased.
 */
export class InkOutput extends EventEmitter {
  readonly isTTY = true;
  readonly rows = Number.POSITIVE_INFINITY;
  readonly writable = true;
  readonly #stream: OutputStream;
  /** Output to be written once the terminal is ours again. */
  #held: string[] | undefined;

  constructor(stream: OutputStream) {
    super();
    this.#stream = stream;
  }

  get columns(): number {
    return columnsOf(this.#stream);
  }

  /** Ink is only ever given painted lines (see AppProps), and leaves the console alone. */
  write(text: string): boolean {
    if (this.#held !== undefined) {
      this.#held.push(text);
      return true;
    }
    return writePainted(this.#stream, text as Painted);
  }

  /** While somebody else uses the terminal. */
  hold(): void {
    this.#held ??= [];
  }

  /** Writes some texts, then what was held back; nothing if nothing was. */
  release(...first: string[]): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) for (const text of [...first, ...held]) this.write(text);
  }

  /**
   * Notifies Ink of a new width. A terminal that became narrower has folded the lines of the last frame (of
   * these widths) into more rows than Ink knows about: those are erased here, Ink erases the rest.
   */
  resize(widths: readonly number[]): void {
    const columns = this.columns;
    const extra = widths.reduce((sum, width) => sum + Math.max(0, Math.ceil(width / columns) - 1), 0);
    if (extra > 0) this.write(ERASE_UP.repeat(extra));
    this.emit('resize');
  }
}
