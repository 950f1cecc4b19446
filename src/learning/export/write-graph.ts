import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onnxFiles } from '../graph/onnx-files.js';
import type { OnnxGraph } from '../graph/onnx-graph.js';

/**
 * Writes a graph into a folder of its own.
 *
 * @param folder Created anew.
 * @returns Names of the files, the model first.
 */
export async function writeGraph(graph: OnnxGraph, folder: string, name: string): Promise<string[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files = Object.entries(onnxFiles(graph, name));
  for (const [file, parts] of files) {
    const handle = await open(join(folder, file), 'w');
    try {
      for (const part of parts) await handle.appendFile(part);
    } finally {
      await handle.close();
    }
  }
  return files.map(([file]) => file);
}
