import { cpus } from 'node:os';

/** Milliseconds of processor time since some point in the past. */
export interface ProcessorTime {
  /** Of all processes of the machine. */
  all: number;
  /** Of this one. */
  own: number;
}

/** Shorter runs are not worth a choice. */
const LONG_MS = 100;
/** While others use more cores than this, a process is not alone. */
const ALONE_CORES = 0.1;
/** What clocks of processor time may be wrong by. */
const TICKS_MS = 20;
/** Runs alone before anything is tried. */
const CALM = 3;
/** Runs of each kind to compare. */
const TRIALS = 3;
/** What spinning must save to be chosen: less is noise. */
const WORTH = 0.98;

/**
 * Whether idle threads of a graph that runs again and again should spin: only where that was measured to be
 * faster, and only while the process has the machine to itself, because spinning threads take from others
 * what they do not use.
 */
export class SpinChoice {
  readonly #now: () => ProcessorTime;
  /** Of a run that is measured: not of one after a short one, because reading the clocks may take long. */
  #start: ProcessorTime | undefined;
  #isLong = false;
  #calm = 0;
  #spins = false;
  readonly #times: { spinning: number[]; sleeping: number[] } = { spinning: [], sleeping: [] };

  constructor(now: () => ProcessorTime = processorTime) {
    this.#now = now;
  }

  /** Before a run: whether threads should spin in it. */
  begin(): boolean {
    this.#start = this.#isLong ? this.#now() : undefined;
    const { spinning, sleeping } = this.#times;
    if (this.#calm < CALM) this.#spins = false;
    else if (spinning.length + sleeping.length < 2 * TRIALS)
      // Sleeping, spinning, spinning, sleeping, …: a drift of the machine's speed affects both.
      this.#spins = [1, 2].includes((spinning.length + sleeping.length) % 4);
    else this.#spins = median(spinning) < WORTH * median(sleeping);
    return this.#spins;
  }

  /** After a run of so many milliseconds. */
  end(ms: number): void {
    this.#isLong = ms >= LONG_MS;
    const others = this.#isLong ? this.#others() : undefined;
    if (others === undefined || others > TICKS_MS + ALONE_CORES * ms) {
      // Another load may make another choice better.
      this.#calm = 0;
      this.#times.spinning = [];
      this.#times.sleeping = [];
      return;
    }
    this.#calm += 1;
    if (this.#calm <= CALM) return;
    const times = this.#spins ? this.#times.spinning : this.#times.sleeping;
    if (times.length < TRIALS) times.push(ms);
  }

  /** The processor time of others during a run that was measured. */
  #others(): number | undefined {
    if (this.#start === undefined) return undefined;
    const { all, own } = this.#now();
    return all - this.#start.all - (own - this.#start.own);
  }
}

/** Reads a file for each core. */
function processorTime(): ProcessorTime {
  let all = 0;
  for (const { times } of cpus()) all += times.user + times.nice + times.sys + times.irq;
  const { user, system } = process.cpuUsage();
  return { all, own: (user + system) / 1000 };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
