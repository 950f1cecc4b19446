/** How the windows of a clip become one answer. */
export type Aggregate = 'mean_logits' | 'max' | 'vote';

/** What turns the model's logits into scores. */
export type Activation = 'softmax' | 'sigmoid' | 'none';

/**
 * One clip's logits from those of its windows, such that the model's activation gives the clip's scores:
 *
 * - `mean_logits`: the mean of the logits;
 * - `max`: each class's highest score in any window (softmax makes them add up to 1 again);
 * - `vote`: the share of windows that each class is the answer of (with sigmoid, above 0.5 in).
 *
 * @param windows logits, at least one array
 */
export function aggregateLogits(
  windows: readonly Float32Array[],
  how: Aggregate,
  activation: Activation = 'softmax',
): Float32Array {
  const classes = windows[0]!.length;
  if (how === 'mean_logits' || (how === 'vote' && activation === 'none')) return meanOf(windows);
  if (how === 'max') {
    const levels = activation === 'softmax' ? windows.map(logSoftmax) : windows;
    return Float32Array.from({ length: classes }, (_, id) => Math.max(...levels.map((level) => level[id]!)));
  }
  const votes = new Float64Array(classes);
  for (const window of windows)
    for (const id of activation === 'sigmoid' ? positives(window) : [bestOf(window)]) votes[id]! += 1;
  const share = (id: number) => votes[id]! / windows.length;
  return Float32Array.from({ length: classes }, (_, id) =>
    activation === 'sigmoid' ? Math.log(share(id) / (1 - share(id))) : Math.log(share(id)),
  );
}

function meanOf(windows: readonly Float32Array[]): Float32Array {
  return windows[0]!.map((_, id) => windows.reduce((sum, window) => sum + window[id]!, 0) / windows.length);
}

function logSoftmax(logits: Float32Array): Float32Array {
  const most = Math.max(...logits);
  const log = most + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - most), 0));
  return logits.map((value) => value - log);
}

function positives(logits: Float32Array): number[] {
  return Array.from(logits).flatMap((value, id) => (value > 0 ? [id] : []));
}

function bestOf(logits: Float32Array): number {
  return logits.reduce((best, value, id) => (value > logits[best]! ? id : best), 0);
}
