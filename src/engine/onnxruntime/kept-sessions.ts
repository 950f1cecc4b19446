import { type Plan, sameSignature } from './graph-plan.js';
import type { NativeSession } from './native-binding.js';

/** A compiled graph. */
export interface CompiledGraph {
  readonly signature: Int32Array;
  readonly hash: number;
  readonly native: NativeSession;
}

/** More are not kept: those used last are what a program goes on with. */
const MOST = 16;

/** Graphs that no back end has asked for in this time are closed. */
const IDLE_MS = 10_000;

/**
 * Compiled graphs of a back end that was closed, for the next one of the process that compiles with the same
 * settings: a program that opens one project after another compiles the graphs of a model once. Signatures
 * are of the whole process.
 */
export class KeptSessions<G extends CompiledGraph> {
  /** In order of keeping. */
  readonly #kept = new Map<G, string>();
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param idleMs After how long unused ones are closed. */
  constructor(idleMs = IDLE_MS) {
    this.#idleMs = idleMs;
  }

  /** How many there are. */
  get size(): number {
    return this.#kept.size;
  }

  /**
   * Takes over graphs that a closed back end has compiled with some settings, the last used ones last.
   */
  keep(graphs: Iterable<G>, settings: string): void {
    for (const graph of graphs) this.#kept.set(graph, settings);
    this.limit(MOST);
    this.#closeLater();
  }

  /** Hands out the graph of a plan, if it is here. */
  take(plan: Plan, settings: string): G | undefined {
    for (const [graph, compiledWith] of this.#kept) {
      if (graph.hash !== plan.hash || compiledWith !== settings) continue;
      if (!sameSignature(graph.signature, plan.signature)) continue;
      this.#kept.delete(graph);
      this.#closeLater();
      return graph;
    }
    return undefined;
  }

  /** Closes the oldest ones until there are at most so many. */
  limit(most: number): void {
    for (const graph of this.#kept.keys()) {
      if (this.#kept.size <= most) return;
      this.#kept.delete(graph);
      graph.native.dispose();
    }
  }

  #closeLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.limit(0), this.#idleMs).unref();
  }
}
