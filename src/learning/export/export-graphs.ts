import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpenedModel, openModel } from '../../engine/onnxruntime/open-model.js';
import type { ObjectRef } from '../../stage/artifact.js';
import type { Objects, Progress } from '../../stage/stage-type.js';
import { buildGraph, type GraphOptions } from '../graph/build-graph.js';
import type { Model } from '../model/model.js';
import { computeLogits } from '../training/compute-logits.js';
import type { Examples } from '../training/examples.js';
import { LogitsGraph } from '../training/logits-graph.js';
import { plainBatches } from '../training/open-batches.js';
import { problemTypeOf } from '../training/problem-type.js';
import { yieldToEventLoop } from '../training/yield-to-event-loop.js';
import { type Agreement, compareLogits } from './agreement.js';
import { converted, type Dtype, FILE_OF } from './dtypes/dtypes.js';
import { type GraphInputs, graphInputs } from './graph-inputs.js';
import { refuseDisagreement } from './refuse-disagreement.js';
import { writeGraph } from './write-graph.js';

/** Clips that are timed, one at a time. */
const TIMED = 5;

/** The parts of a folder that an export makes. */
export interface Exported {
  /** Below `onnx`, by name. */
  files: Record<string, ObjectRef>;
  dtypes: ExportedGraph[];
}

/** A graph that agrees with the training engine. */
export interface ExportedGraph extends Agreement {
  dtype: Dtype;
  file: string;
  /** Of the file, and of one beside it with its weights. */
  bytes: number;
}

export interface ExportOptions extends GraphOptions {
  dtypes: readonly Dtype[];
  batchSize: number;
  /** See `refuseDisagreement`. */
  minAgreement: number;
  threads: number;
  /** A folder for files that are not yet known to be right. */
  scratch: string;
  objects: Objects;
  signal: AbortSignal;
  progress(progress: Progress): void;
  log(level: 'info', text: string): void;
}

/**
 * Exports a model with several data types. Each graph is run by ONNX Runtime on all examples, and stored only
 * if it agrees with the training engine, which must be open.
 *
 * @throws EtudeError that names every data type that does not agree.
 */
export async function exportGraphs(
  model: Model,
  examples: Examples,
  options: ExportOptions,
): Promise<Exported> {
  const { config, labels: names } = model;
  const { dtypes, batchSize, signal, progress } = options;
  const total = examples.size * (dtypes.length + 1);
  let before = 0;
  const advance = (phase: string) => (rows: number) =>
    progress({ done: before + rows, total, unit: 'clips', phase });
  const engine = new LogitsGraph(model);
  const source = plainBatches(examples, config);
  const reference = await computeLogits(
    source,
    examples.size,
    batchSize,
    engine,
    signal,
    advance('training engine'),
  );
  const one = await source([0]);
  options.log('info', `training engine: ${timed(() => engine.compute(one))}`);

  const graph = buildGraph(model, options);
  const inputs = graphInputs(examples, config, options);
  const truth = { type: problemTypeOf(model), labels: examples.labels, names };
  const made: (ExportedGraph & { written: string[] })[] = [];
  for (const dtype of dtypes) {
    before += examples.size;
    const file = FILE_OF[dtype];
    const folder = join(options.scratch, dtype);
    const written = await writeGraph(converted(graph, dtype), folder, file);
    const paths = written.map((name) => join(folder, name));
    const opened = openModel(paths[0]!, { output: 'logits', threads: options.threads });
    try {
      const logits = await logitsOf(opened, inputs, examples.size, options, advance(dtype));
      const agreement = compareLogits(logits, reference, truth);
      const sizes = await Promise.all(paths.map((path) => stat(path)));
      const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
      const first = await inputs([0]);
      options.log('info', `${dtype}: ${timed(() => opened.run(first))}`);
      made.push({ dtype, file, bytes, ...agreement, written: paths });
    } finally {
      opened.dispose();
    }
  }
  refuseDisagreement(made, { split: examples.split, minAgreement: options.minAgreement });

  const files: Exported['files'] = {};
  for (const { written } of made)
    for (const path of written)
      files[path.slice(path.lastIndexOf('/') + 1)] = await options.objects.putFile(path);
  return { files, dtypes: made.map(({ written: _, ...rest }) => rest) };
}

async function logitsOf(
  opened: OpenedModel,
  inputs: GraphInputs,
  size: number,
  { batchSize, signal }: ExportOptions,
  progress: (rows: number) => void,
): Promise<Float32Array> {
  const logits: number[] = [];
  for (let start = 0; start < size; start += batchSize) {
    const rows = Array.from({ length: Math.min(batchSize, size - start) }, (_, index) => start + index);
    const feeds = await inputs(rows);
    for (const value of opened.run(feeds)) logits.push(value);
    progress(start + rows.length);
    await yieldToEventLoop(signal);
  }
  return Float32Array.from(logits);
}

/** The median time of a run in words, after one that warms up. */
function timed(run: () => void): string {
  run();
  const times = Array.from({ length: TIMED }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return `${times.sort((a, b) => a - b)[TIMED >> 1]!.toFixed(1)} ms for the first clip`;
}
