import { widthOf } from './line.js';

/**
 * The positions of the columns of stage lines: the same for every line of a run, so that they line up while
 * they scroll.
 */
export interface Columns {
  /** Total width of a line. */
  width: number;
  id: number;
  /** 0 if the terminal is too narrow for it. */
  uses: number;
  /** Width between the names and the time. */
  middle: number;
  /** Part of the middle for a stage's own few words ("840 clips"); 0 if there is no room. */
  summary: number;
  time: number;
}

/** The icon and the space after it. */
export const ICON = 2;
/** Between two columns. */
export const GAP = 2;
/** Wider lines are hard to follow from one end to the other. */
const WIDEST = 108;

/**
 * Columns for a terminal of `columns` columns (one is kept free, as terminals differ in what they do with the
 * last one). If it is narrow, the stage type is dropped first, then the stage's own words; the rest is
 * shortened.
 */
export function layOut(stages: readonly { id: string; uses: string }[], columns: number): Columns {
  const width = Math.max(20, Math.min(WIDEST, columns - 1));
  const longestId = Math.max(1, ...stages.map((stage) => widthOf(stage.id)));
  const longestUses = Math.max(1, ...stages.map((stage) => widthOf(stage.uses)));
  const id = Math.min(longestId, Math.max(6, Math.floor(width * 0.3)));
  const uses = width < 60 ? 0 : Math.min(longestUses, Math.floor(width * 0.25));
  const time = 7;
  const names = ICON + id + GAP + (uses === 0 ? 0 : uses + GAP);
  const middle = Math.max(0, width - names - GAP - time);
  const summary = middle < 34 ? 0 : Math.max(14, Math.min(24, Math.floor(middle * 0.33)));
  return { width, id, uses, middle, summary, time };
}
