import type { StageType } from '../../stage/stage-type.js';
import type { Mistake } from './problem.js';

/** What is wrong with `shards` for a stage of a type, if it is one whose work cannot be divided. */
export function shardsMistake(
  uses: string,
  { parts }: Pick<StageType, 'parts'>,
  shards: number | undefined,
): Mistake | undefined {
  if (shards === undefined || shards === 1 || parts !== undefined) return undefined;
  return {
    message: `the work of ${uses} cannot be divided among jobs`,
    expected: "no 'shards'",
    got: String(shards),
  };
}
