import type { Build } from './build.js';

/** How often a product is measured; the best time counts. */
const TIMES = 8;

/** GFLOP/s of one product of matrices, m × k with k × n, in the ONNX Runtime of a build. */
export function productRate(
  { Graph, makePlan, SessionCache, loadNative }: Build,
  [m, k, n]: readonly [number, number, number],
  threads: number,
): number {
  const g = new Graph();
  const matrix = (rows: number, columns: number) =>
    g.input(new Float32Array(rows * columns).fill(0.5), [rows, columns], 'float32');
  const product = g.node('MatMul', [matrix(m, k), matrix(k, n)], [m, n], 'float32');
  const plan = makePlan(g.nodes, [product], true);
  const sessions = new SessionCache(loadNative(), { threads, keepSessions: false });
  const target = [new Float32Array(m * n)];
  const seconds = Array.from({ length: TIMES }, () => {
    const start = performance.now();
    sessions.run(plan, target);
    return (performance.now() - start) / 1000;
  });
  sessions.clear();
  return (2 * m * k * n) / Math.min(...seconds) / 1e9;
}
