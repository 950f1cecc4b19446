import type { RunEvent } from '../pipeline/run/events.js';
import type { WatchEvent } from '../pipeline/run/watch-events.js';
import type { Painted } from '../terminal/terminal-text.js';
import type { Streams } from './create-renderer.js';
import type { Keys } from './watch-lines.js';

/** Anything that shows a watch: its runs, and what happens between them. */
export interface WatchRenderer {
  event(event: WatchEvent): void;
  /** What is wrong with the recipe, a text each. */
  problems(texts: readonly Painted[]): void;
  close(): Promise<void>;
}

export interface WatchRendererOptions extends Streams {
  /** The recipe's name, as the person gave it. */
  recipe: string;
  /** What a person can press while nothing runs, and while it is asked what becomes of a run. */
  keys: { waiting: readonly Keys[]; asking: readonly Keys[] };
}

/** Whether an event is one of a run. */
export function isRunEvent(event: WatchEvent): event is RunEvent {
  return !event.type.startsWith('watch-');
}
