/**
 * Microseconds. Between the operations of a graph, there is seldom more to wait for; and a sleeping thread
 * takes about as long to wake up.
 */
const BETWEEN_OPERATIONS = '20';

/**
 * ONNX Runtime's session options for what threads do that wait for their share of the next operation.
 *
 * @param spin They spin for as long as a graph runs, which costs others a core for each. If not, they spin for
 * a moment, and then sleep.
 */
export function idleThreads(spin: boolean): Record<string, string> {
  return { allow_spinning: '1', ...(spin ? {} : { spin_duration_us: BETWEEN_OPERATIONS }) };
}
