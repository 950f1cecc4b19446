import { availableParallelism } from 'node:os';
import type * as Ort from 'onnxruntime-common';
import { type Plan, sameSignature } from './graph-plan.js';
import { runInPlace } from './in-place.js';
import { inputName, nodeName, writeModel } from './model.js';
import type { Native, NativeSession } from './native-binding.js';
import { type Elements, sizeOf } from './value.js';

export interface SessionOptions {
  /** Threads of one run. Default: all cores. */
  threads?: number;
  /** Compiled graphs kept. Default 80. */
  maxSessions?: number;
  /**
   * Each graph keeps its working memory from one run to the next. Up to a tenth faster with clips of many
   * seconds, whose results are big; but graphs for clips of different lengths then occupy many gigabytes
   * together. Default false: memory is allocated and freed.
   */
  memoryArena?: boolean;
  /**
   * Idle threads spin. A little faster if nothing else is running, and half the speed otherwise. Default
   * false.
   */
  spin?: boolean;
}

/** Counters of the session cache, and milliseconds spent. */
export interface SessionStatistics {
  /** Graphs compiled. */
  compiled: number;
  /** Graphs run. */
  runs: number;
  /** Nodes run, over all runs. */
  nodes: number;
  /** Sessions closed to make room. */
  evicted: number;
  compileMs: number;
  feedMs: number;
  runMs: number;
}

type Feeds = Record<string, Ort.Tensor>;

interface CachedSession {
  readonly signature: Int32Array;
  readonly hash: number;
  readonly native: NativeSession;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly fetches: Record<string, null>;
  readonly nodes: number;
}

/**
 * With fewer computed elements than this, a graph runs on one thread: waking others costs more than it saves.
 */
const SMALL = 20_000;

/** Compiled graphs by structure; the least recently used one is closed if there are too many. */
export class SessionCache {
  readonly statistics: SessionStatistics = {
    compiled: 0,
    runs: 0,
    nodes: 0,
    evicted: 0,
    compileMs: 0,
    feedMs: 0,
    runMs: 0,
  };
  private readonly threads: number;
  private readonly maxSessions: number;
  private readonly memoryArena: boolean;
  private readonly spin: boolean;
  /** In order of last use. */
  private readonly sessions = new Set<CachedSession>();
  private readonly byHash = new Map<number, CachedSession[]>();

  constructor(
    private readonly native: Native,
    options: SessionOptions = {},
  ) {
    this.threads = options.threads ?? availableParallelism();
    this.maxSessions = options.maxSessions ?? 80;
    this.memoryArena = options.memoryArena ?? false;
    this.spin = options.spin ?? false;
  }

  /**
   * Compiles the plan unless an equal one was compiled before, runs it, and returns its outputs in order.
   *
   * @param targets For an in-place plan: the arrays that the outputs are written to, and that are returned.
   */
  run(plan: Plan, targets?: readonly Elements[]): readonly Elements[] {
    const session = this.find(plan) ?? this.compile(plan);
    const start = performance.now();
    const feeds: Feeds = {};
    plan.inputs.forEach((input, place) => {
      input.fed ??= this.native.tensor(input.dtype as 'float32', input.data!, input.shape);
      feeds[session.inputNames[place]!] = input.fed as Ort.Tensor;
    });
    const fed = performance.now();
    const outputs =
      targets === undefined ? this.runAndCopy(session, feeds) : this.runInto(session, feeds, plan, targets);
    this.statistics.runs++;
    this.statistics.nodes += session.nodes;
    this.statistics.feedMs += fed - start;
    this.statistics.runMs += performance.now() - fed;
    return outputs;
  }

  private runAndCopy({ native, fetches, outputNames }: CachedSession, feeds: Feeds): Elements[] {
    const results = native.run(feeds, fetches);
    return outputNames.map((name) => results[name]!.data as Elements);
  }

  private runInto(
    { native, outputNames }: CachedSession,
    feeds: Feeds,
    { outputs }: Plan,
    targets: readonly Elements[],
  ): readonly Elements[] {
    const fetches: Record<string, Ort.Tensor> = {};
    outputs.forEach(({ dtype, shape }, i) => {
      fetches[outputNames[i]!] = this.native.tensor(dtype as 'float32', targets[i]!, shape);
    });
    runInPlace(native, feeds, fetches);
    return targets;
  }

  /** Whether an equal plan is compiled. */
  has(plan: Plan): boolean {
    return this.byHash.get(plan.hash)?.some((s) => sameSignature(s.signature, plan.signature)) ?? false;
  }

  /** Closes all sessions. */
  clear(): void {
    for (const session of this.sessions) session.native.dispose();
    this.sessions.clear();
    this.byHash.clear();
  }

  private find(plan: Plan): CachedSession | undefined {
    const session = this.byHash.get(plan.hash)?.find((s) => sameSignature(s.signature, plan.signature));
    if (session) {
      this.sessions.delete(session);
      this.sessions.add(session);
    }
    return session;
  }

  private compile(plan: Plan): CachedSession {
    const start = performance.now();
    this.makeRoom();
    const outputNames = plan.outputs.map((output) => nodeName(output.index));
    const session: CachedSession = {
      signature: plan.signature,
      hash: plan.hash,
      native: this.native.open(writeModel(plan), this.optionsFor(plan)),
      inputNames: plan.inputs.map((_, place) => inputName(place)),
      outputNames,
      fetches: Object.fromEntries(outputNames.map((name) => [name, null])),
      nodes: plan.nodes.length,
    };
    this.sessions.add(session);
    const sameHash = this.byHash.get(plan.hash);
    if (sameHash) sameHash.push(session);
    else this.byHash.set(plan.hash, [session]);
    this.statistics.compiled++;
    this.statistics.compileMs += performance.now() - start;
    return session;
  }

  private makeRoom(): void {
    while (this.sessions.size >= this.maxSessions) {
      const oldest = this.sessions.values().next().value!;
      this.sessions.delete(oldest);
      const rest = this.byHash.get(oldest.hash)!.filter((session) => session !== oldest);
      if (rest.length > 0) this.byHash.set(oldest.hash, rest);
      else this.byHash.delete(oldest.hash);
      oldest.native.dispose();
      this.statistics.evicted++;
    }
  }

  private optionsFor(plan: Plan): Ort.InferenceSession.SessionOptions {
    const work = plan.nodes.reduce((sum, node) => sum + sizeOf(node.shape), 0);
    return {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: work < SMALL ? 1 : this.threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      enableCpuMemArena: this.memoryArena,
      enableMemPattern: false,
      logSeverityLevel: 3,
      extra: {
        session: { intra_op: { allow_spinning: this.spin ? '1' : '0' } },
        // It would undo what `kernels/matmul.ts` does on purpose.
        optimization: { disable_specified_optimizers: 'MatmulTransposeFusion' },
      },
    };
  }
}
