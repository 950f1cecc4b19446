import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openModel } from '../../../src/engine/onnxruntime/open-model.js';
import { exportedConfig } from '../../../src/learning/export/exported-files.js';
import { buildGraph } from '../../../src/learning/graph/build-graph.js';
import { onnxFiles } from '../../../src/learning/graph/onnx-files.js';
import { reference } from '../../support/reference-model.js';
import { tempFolder } from '../../support/temp-folder.js';

test('a model that is too large for one file has its weights beside it, and computes the same', async () => {
  const { model, expected } = await reference('group-norm');
  const graph = buildGraph(model, { input: 'input_values', masked: false });
  const folder = tempFolder('onnx');
  const { data, shape } = expected.read('inputs');
  const logitsOf = async (files: Record<string, Uint8Array[]>) => {
    for (const [name, parts] of Object.entries(files))
      await writeFile(join(folder, name), Buffer.concat(parts));
    const opened = openModel(join(folder, Object.keys(files)[0]!), { output: 'logits', threads: 1 });
    const logits = opened.run({ input_values: { data, shape } });
    opened.dispose();
    return logits;
  };
  const whole = onnxFiles(graph, 'whole.onnx');
  assert.deepEqual(Object.keys(whole), ['whole.onnx']);
  const apart = onnxFiles(graph, 'apart.onnx', 20_000);
  assert.deepEqual(Object.keys(apart), ['apart.onnx', 'apart.onnx_data']);
  assert.deepEqual(await logitsOf(apart), await logitsOf(whole));
  const size = (name: string) => statSync(join(folder, name)).size;
  assert.ok(size('apart.onnx') < size('whole.onnx') && size('apart.onnx_data') > 10_000);
});

test('config.json says which files transformers.js is to open where its defaults would fail', () => {
  const fp32 = { dtype: 'fp32', file: 'model.onnx' } as const;
  const q8 = { dtype: 'q8', file: 'model_quantized.onnx' } as const;
  const q4 = { dtype: 'q4', file: 'model_q4.onnx' } as const;
  const own = (...given: Parameters<typeof exportedConfig>) =>
    exportedConfig(...given)['transformers.js_config'];
  assert.equal(own({}, [fp32, q8], ['model.onnx', 'model_quantized.onnx']), undefined);
  assert.deepEqual(own({}, [fp32], ['model.onnx']), { dtype: 'fp32' });
  assert.deepEqual(own({ 'transformers.js_config': { device: 'wasm' } }, [q4, q8], []), {
    device: 'wasm',
    dtype: 'q4',
  });
  assert.deepEqual(own({}, [fp32, q8], ['model.onnx', 'model.onnx_data', 'model_quantized.onnx']), {
    use_external_data_format: { 'model.onnx': true },
  });
});
