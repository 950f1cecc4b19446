import { closeSync, mkdtempSync, openSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { OpenedModel } from '../../engine/onnxruntime/open-model.js';
import type { GraphFiles } from '../../engine/open-graph.js';
import type { Model } from '../model/model.js';
import type { Place } from '../model/safetensors.js';
import { buildGraph, type GraphOptions } from './build-graph.js';
import { modelBytes } from './onnx-files.js';
import type { Initializer, OnnxGraph } from './onnx-graph.js';

/** The only output. */
const OUTPUT = 'logits';

/**
 * Opens the graph of a model with the weights as constants.
 * The weights of its layers are not in JavaScript's memory meanwhile: ONNX Runtime packs each from the
 * checkpoint's file, which it needs no longer then, or from a temporary one, if the checkpoint has them
 * otherwise than as plain numbers of 32 bits.
 */
export function openModelGraph(
  model: Model,
  options: Omit<GraphOptions, 'target'>,
  openGraph: (model: Uint8Array, files: GraphFiles) => OpenedModel,
): OpenedModel {
  const graph = buildGraph(model, { ...options, target: 'session' });
  const layers = layerWeights(graph);
  const stored = commonFolder(layers);
  if (stored !== undefined) {
    const { folder, places } = stored;
    return openGraph(
      modelBytes(graph, (weight) => places.get(weight)),
      { output: OUTPUT, folder },
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'etude-graph-'));
  try {
    const places = writeWeights(layers, folder);
    return openGraph(
      modelBytes(graph, (weight) => places.get(weight)),
      { output: OUTPUT, folder },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the layers multiply with, which is packed when the graph is opened. */
function layerWeights({ nodes, initializers }: OnnxGraph): Set<Initializer> {
  const layers = nodes.filter(({ isLayer }) => isLayer);
  return new Set(layers.flatMap(({ inputs }) => initializers.get(inputs[1]!.name) ?? []));
}

type Places = ReadonlyMap<Initializer, Place>;

/** A folder above all files with the weights, and the places from there; undefined if there is none. */
function commonFolder(weights: ReadonlySet<Initializer>): { folder: string; places: Places } | undefined {
  const files = new Map<string, string>();
  for (const { place } of weights) {
    if (place === undefined) return undefined;
    // ONNX Runtime follows no links that lead elsewhere.
    if (!files.has(place.file)) files.set(place.file, realpathSync(place.file));
  }
  const [first, ...others] = files.values();
  if (first === undefined) return { folder: '.', places: new Map() };
  let folder = dirname(first);
  const isBelow = (file: string) => {
    const path = relative(folder, file);
    return !path.startsWith('..') && !isAbsolute(path);
  };
  while (!others.every(isBelow)) {
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  const places = [...weights].map((weight) => {
    const { file, ...bytes } = weight.place!;
    return [weight, { file: relative(folder, files.get(file)!).split(sep).join('/'), ...bytes }] as const;
  });
  return { folder, places: new Map(places) };
}

/** Writes weights into a file of a folder, one at a time in memory. */
function writeWeights(weights: ReadonlySet<Initializer>, folder: string): Places {
  const name = 'weights';
  const places = new Map<Initializer, Place>();
  const file = openSync(join(folder, name), 'wx');
  try {
    let offset = 0;
    for (const weight of weights) {
      const { data } = weight;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      places.set(weight, { file: name, offset, length: bytes.length });
      offset += bytes.length;
    }
  } finally {
    closeSync(file);
  }
  return places;
}
