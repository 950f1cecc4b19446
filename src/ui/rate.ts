/**
 * A smoothed rate: the exponentially weighted mean of the amount per second, with weights falling by e every
 * `tau` seconds, corrected for the short history at the start (as Adam corrects its moments).
 */
export interface Rate {
  /** Milliseconds and amount at the last observation. */
  at: number;
  done: number;
  sum: number;
  weight: number;
}

export function startRate(at: number, done: number): Rate {
  return { at, done, sum: 0, weight: 0 };
}

/** Adds an observation. Work that goes back (because another part began) restarts the rate. */
export function observe(rate: Rate, at: number, done: number, tau = 8): Rate {
  if (done < rate.done) return startRate(at, done);
  const seconds = (at - rate.at) / 1000;
  if (seconds <= 0) return rate;
  const decay = Math.exp(-seconds / tau);
  const speed = (done - rate.done) / seconds;
  return { at, done, sum: rate.sum * decay + speed * (1 - decay), weight: rate.weight * decay + (1 - decay) };
}

/** Units per second; `undefined` before the second observation. */
export function perSecond(rate: Rate | undefined): number | undefined {
  return rate === undefined || rate.weight === 0 ? undefined : rate.sum / rate.weight;
}
