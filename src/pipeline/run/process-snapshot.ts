import { setTimeout } from 'node:timers/promises';

/** Objects that all code of a process shares, and any code can change. */
const SHARED: readonly object[] = [
  globalThis,
  ...[Object, Function, Array, String, Number, Date, Promise, Map, Set, RegExp, Error].flatMap((type) => [
    type,
    type.prototype,
  ]),
  ...[Math, JSON, Reflect, process],
];

/** Event-loop turns that a stage's last requests may take. */
const MOST_TURNS = 20;

/**
 * The state of the process before a stage runs in it, to find out whether the stage has left something
 * behind.
 */
export class ProcessSnapshot {
  readonly #cwd = process.cwd();
  readonly #env = JSON.stringify(process.env);
  readonly #shared = SHARED.map(membersOf);
  readonly #active = countActive();

  /**
   * Whether the working directory, the environment, a global, or a built-in object has changed; or whether
   * something is still active: a timer, a thread, an open file or connection.
   */
  async hasChanged(): Promise<boolean> {
    const isChanged =
      process.cwd() !== this.#cwd ||
      JSON.stringify(process.env) !== this.#env ||
      SHARED.some((object, i) => !isSame(this.#shared[i]!, membersOf(object)));
    if (isChanged) return true;
    // Waits for what is about to end.
    for (let left = MOST_TURNS; this.#isBusy(); left--) {
      if (left === 0) return true;
      await setTimeout(left > MOST_TURNS / 2 ? 0 : 1);
    }
    return false;
  }

  #isBusy(): boolean {
    return [...countActive()].some(([kind, count]) => count > (this.#active.get(kind) ?? 0));
  }
}

type Members = Map<string | symbol, unknown>;

/** What Node loads lazily is a getter until it is used. */
const NOT_ASKED = Symbol('not asked');

/** Members by name; getters are not called. */
function membersOf(object: object): Members {
  const members: Members = new Map();
  for (const key of Reflect.ownKeys(object)) {
    const property = Reflect.getOwnPropertyDescriptor(object, key)!;
    members.set(key, property.get === undefined ? property.value : NOT_ASKED);
  }
  return members;
}

function isSame(before: Members, now: Members): boolean {
  if (before.size !== now.size) return false;
  for (const [key, value] of now) {
    const was = before.get(key);
    if (!Object.is(was, value) && was !== NOT_ASKED) return false;
  }
  return true;
}

function countActive(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
