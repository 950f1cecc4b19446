import { join } from 'node:path';
import { INDEX } from '../scheduler.js';
import { FILES } from '../task-file.js';
import type { Gathering } from './gathering.js';

/** How the job of a shard is submitted together with those of others. */
export interface Element {
  index: number;
  /** Where the script of the array is written. */
  folder: string;
  /** With `INDEX`. */
  command: readonly string[];
  log: string;
  setup: readonly string[];
  /** All that are about to be submitted. */
  gathering: Gathering;
  /** To be called once it is known how this one is submitted. */
  joined(): void;
}

/**
 * @param folder That of all shards. Absolute path.
 * @param attempt Its number.
 */
export function elementOf(
  folder: string,
  attempt: number,
  {
    etude,
    ...rest
  }: Pick<Element, 'index' | 'setup' | 'gathering' | 'joined'> & { etude: readonly string[] },
): Element {
  const file = (name: string) => join(folder, INDEX, String(attempt), name);
  return { ...rest, folder, command: [...etude, 'exec-task', file(FILES.task)], log: file(FILES.log) };
}
