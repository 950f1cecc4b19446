import { type Columns, layOut } from '../terminal/columns.js';
import type { RunView } from './view-model.js';

/** The columns of a run's lines, computed once while the terminal and the stages are the same. */
export class RunLayout {
  #known: { places: RunView['places']; of: number; columns: Columns } | undefined;

  /** @param width Columns of the terminal. */
  columns({ stages, places }: RunView, width: number): Columns {
    if (this.#known?.places === places && this.#known.of === width) return this.#known.columns;
    const columns = layOut(stages, width);
    this.#known = { places, of: width, columns };
    return columns;
  }
}
