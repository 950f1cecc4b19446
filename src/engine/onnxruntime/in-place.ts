import type * as Ort from 'onnxruntime-common';
import { Graph } from './graph.js';
import { makePlan } from './graph-plan.js';
import { inputName, nodeName, UNREADABLE, writeModel } from './model.js';
import type { Native, NativeSession } from './native-binding.js';

/*
 * Runs whose results are written directly into the caller's arrays.
 *
 * onnxruntime-node 1.30 copies every output into new memory after the run, even one that was given memory:
 * for the gradients of a big model, that is a tenth of a training step. An output that it cannot convert (a
 * sequence), requested before all others, ends the call after the graph has run and before anything is
 * copied. That depends on the addon's internals. So `worksInPlace` tries it when the first back end is
 * created, on a graph whose results are known; if it fails, results are copied.
 */

/** The message by which the addon refuses such an output. */
const REFUSAL = /non[- ]tensor type/i;

/** Runs a graph that was written to run in place; `fetches` must have an array for each of its outputs. */
export function runInPlace(
  session: NativeSession,
  feeds: Record<string, Ort.Tensor>,
  fetches: Record<string, Ort.Tensor>,
): void {
  try {
    session.run(feeds, { [UNREADABLE]: null, ...fetches });
  } catch (error) {
    if (!(error instanceof Error && REFUSAL.test(error.message))) throw error;
  }
}

const found = new WeakMap<Native, boolean>();

/** Whether results can be written in place here. */
export function worksInPlace(native: Native): boolean {
  const works = found.get(native) ?? tryInPlace(native);
  found.set(native, works);
  return works;
}

function tryInPlace(native: Native): boolean {
  const g = new Graph();
  const x = g.input(Float32Array.of(1, 2, 3), [3], 'float32');
  const outputs = [g.binary('Mul', x, g.float(2)), g.binary('Add', x, g.float(4))];
  const plan = makePlan(g.nodes, outputs, true);
  const targets = outputs.map(() => new Float32Array(3));
  let session: NativeSession | undefined;
  try {
    session = native.open(writeModel(plan), { intraOpNumThreads: 1 });
    runInPlace(
      session,
      { [inputName(0)]: native.tensor('float32', x.data!, x.shape) },
      Object.fromEntries(
        outputs.map(({ index, shape }, i) => [nodeName(index), native.tensor('float32', targets[i]!, shape)]),
      ),
    );
  } catch {
    return false;
  } finally {
    session?.dispose();
  }
  return targets.join() === '2,4,6,5,6,7';
}
