/** One of several jobs that divide the work of a stage: which, from 0, and of how many. */
export interface Shard {
  index: number;
  count: number;
}

/**
 * Whether a part of the work is a shard's own: every `count`th is, so that parts that take long are spread
 * over all shards, wherever they are. Without a shard, all parts are.
 *
 * @param part From 0.
 */
export function isOwn(shard: Shard | undefined, part: number): boolean {
  return shard === undefined || part % shard.count === shard.index;
}
