import { availableParallelism } from 'node:os';
import type * as Ort from 'onnxruntime-common';
import { ChoosingSession } from './choosing-session.js';
import { type Plan, sameSignature } from './graph-plan.js';
import { idleThreads } from './idle-threads.js';
import { runInPlace } from './in-place.js';
import { type CompiledGraph, KeptSessions } from './kept-sessions.js';
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
   * Idle threads spin for long (see `idleThreads`). A little faster if nothing else is running, and half the
   * speed otherwise. `auto`: graphs that run often try it while nothing else is running, and go on with what is
   * faster. Default false.
   */
  spin?: boolean | 'auto';
  /**
   * When the back end is closed, its graphs stay compiled for a while, for the next one of the process.
   * Default: unless they keep their working memory.
   */
  keepSessions?: boolean;
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

/** What ONNX Runtime's optimizers are not to do with a graph. */
const NOT_OPTIMIZED = [
  // It would undo what `kernels/matmul.ts` does on purpose.
  'MatmulTransposeFusion',
  // It makes a product that first copies the matrix to be added, on one thread.
  'MatMulAddFusion',
  // Their operations are in no graph of ours; looking for them takes an eighth of the time to compile one.
  ...['QDQPropagationTransformer', 'QDQS8ToU8Transformer', 'QDQFinalCleanupTransformer'],
  ...['QDQSelectorActionTransformer', 'DoubleQDQPairsRemover', 'EnsureUniqueDQForNodeUnit'],
  ...['WeightBiasQuantization', 'Avx2WeightS8ToU8Transformer', 'ConstantFoldingDQ'],
  ...['MatMulIntegerToFloatFusion', 'DynamicQuantizeMatMulFusion', 'DQMatMulNBitsFusion'],
  ...['MatMulNBitsFusion', 'MatMulNBitsMlpFusion', 'MatMulNBitsQkvFusion', 'LabelEncoderFusion'],
  ...['GroupQueryAttentionFusion', 'GroupQueryAttentionPreNormFusion', 'BiasDropoutFusion'],
].join(';');

type Feeds = Record<string, Ort.Tensor>;

interface CachedSession extends CompiledGraph {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly fetches: Record<string, null>;
  readonly nodes: number;
}

/**
 * With fewer computed elements than this, a graph runs on one thread: waking others costs more than it saves.
 */
const SMALL = 20_000;

/** Those of closed back ends, by the native code that compiled them. */
const kept = new WeakMap<Native, KeptSessions<CachedSession>>();

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
  private readonly spin: boolean | 'auto';
  /** In order of last use. */
  private readonly sessions = new Set<CachedSession>();
  private readonly byHash = new Map<number, CachedSession[]>();
  private readonly kept: KeptSessions<CachedSession> | undefined;
  /** What a kept graph must have been compiled with. */
  private readonly settings: string;

  constructor(
    private readonly native: Native,
    options: SessionOptions = {},
  ) {
    this.threads = options.threads ?? availableParallelism();
    this.maxSessions = options.maxSessions ?? 80;
    this.memoryArena = options.memoryArena ?? false;
    this.spin = options.spin ?? false;
    if (options.keepSessions ?? !this.memoryArena) {
      this.kept = kept.get(native) ?? new KeptSessions();
      kept.set(native, this.kept);
    }
    this.settings = JSON.stringify([this.threads, this.memoryArena, this.spin]);
  }

  /**
   * Compiles the plan unless an equal one was compiled before, runs it, and returns its outputs in order.
   *
   * @param targets For an in-place plan: the arrays that the outputs are written to, and that are returned.
   */
  run(plan: Plan, targets?: readonly Elements[]): readonly Elements[] {
    const session = this.find(plan) ?? this.reuse(plan) ?? this.compile(plan);
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

  /** Gives up all sessions: they are closed, or kept for the next cache. */
  clear(): void {
    if (this.kept) this.kept.keep(this.sessions, this.settings);
    else for (const session of this.sessions) session.native.dispose();
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

  /** The session of an equal plan that another cache has compiled. */
  private reuse(plan: Plan): CachedSession | undefined {
    const session = this.kept?.take(plan, this.settings);
    if (session) {
      this.makeRoom();
      this.add(session);
    }
    return session;
  }

  private add(session: CachedSession): void {
    this.sessions.add(session);
    const sameHash = this.byHash.get(session.hash);
    if (sameHash) sameHash.push(session);
    else this.byHash.set(session.hash, [session]);
  }

  private compile(plan: Plan): CachedSession {
    const start = performance.now();
    this.makeRoom();
    const outputNames = plan.outputs.map((output) => nodeName(output.index));
    const session: CachedSession = {
      signature: plan.signature,
      hash: plan.hash,
      native: this.open(plan),
      inputNames: plan.inputs.map((_, place) => inputName(place)),
      outputNames,
      fetches: Object.fromEntries(outputNames.map((name) => [name, null])),
      nodes: plan.nodes.length,
    };
    this.add(session);
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
    this.kept?.limit(this.maxSessions - this.sessions.size - 1);
  }

  private open(plan: Plan): NativeSession {
    const model = writeModel(plan);
    if (this.spin !== 'auto') return this.native.open(model, this.optionsFor(plan, this.spin));
    // Of its own memory: the writer's is larger.
    return new ChoosingSession(this.native, model.slice(), (spin) => this.optionsFor(plan, spin));
  }

  private optionsFor(plan: Plan, spin: boolean): Ort.InferenceSession.SessionOptions {
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
        // Between runs, threads sleep in any case.
        session: { intra_op: idleThreads(spin), force_spinning_stop: '1' },
        optimization: { disable_specified_optimizers: NOT_OPTIMIZED },
      },
    };
  }
}
