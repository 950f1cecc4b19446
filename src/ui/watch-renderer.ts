import type { RunEvent } from '../pipeline/run/events/run-events.js';
import type { WatchEvent } from '../pipeline/run/events/watch-events.js';
import type { Painted } from '../terminal/terminal-text.js';
import type { Streams } from './create-renderer.js';
import type { Keys } from './watch-lines.js';

/** Anything that shows a watch: its runs, and what happens between them. */
export interface WatchRenderer {
  event(event: WatchEvent): void;
  /** The recipe's problems, one text each. */
  problems(texts: readonly Painted[]): void;
  close(): Promise<void>;
}

export interface WatchRendererOptions extends Streams {
  /** The recipe's name, as the user gave it. */
  recipe: string;
  /** The keys while nothing runs, and while the user is asked what to do with a run. */
  keys: { waiting: readonly Keys[]; asking: readonly Keys[] };
}

/** Whether an event is one of a run. */
export function isRunEvent(event: WatchEvent): event is RunEvent {
  return !event.type.startsWith('watch-');
}
