import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../../src/random/random.js';
import { compileSchema } from '../../src/schema/validator.js';
import type { DatasetArtifact, Features } from '../../src/stage/artifact.js';
import type { MemoryObjects } from './memory-objects.js';
import { makeDataset, placeAt } from './stage.js';
import { sharedTempFolder } from './temp-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const names = ['abroad', 'address', 'balance', 'freeze', 'pay_bill'];
export const features: Features = {
  input_values: { _type: 'List', feature: { _type: 'Value', dtype: 'float32' } },
  label: { _type: 'ClassLabel', names },
};

/** 20 preprocessed clips whose class is audible, in the splits `train` (14), `test` (4) and `more` (2). */
export async function labelledClips(
  objects: MemoryObjects,
  change: (columns: { input_values: unknown[]; label: unknown[] }) => void = () => {},
): Promise<DatasetArtifact> {
  const random = Random.stream(1, 'clips');
  const label = Array.from({ length: 20 }, (_, row) => row % names.length);
  const input_values = label.map((id) => {
    const clip = new Float32Array(160);
    random.fillNormal(clip, 0.3);
    return clip.map((value, index) => value + Math.sin((index * (id + 1)) / 8));
  });
  const columns: { input_values: unknown[]; label: unknown[] } = { input_values, label };
  change(columns);
  const dataset = await makeDataset(features, columns, objects);
  const split = (start: number, end: number) => ({
    num_rows: end - start,
    ranges: [[start, end]] as [number, number][],
  });
  return { ...dataset, splits: { train: split(0, 14), test: split(14, 18), more: split(18, 20) } };
}

/** A place with a tiny checkpoint in its folder `checkpoint`; removed at the end of the process. */
export function placeWithCheckpoint() {
  const dir = sharedTempFolder('stage');
  cpSync(join(root, 'test/fixtures/model/stable-layer-norm'), join(dir, 'checkpoint'), { recursive: true });
  return { dir, place: placeAt(dir) };
}

/**
 * Parameters with the defaults of a stage type's schema, as the planner fills them in; throws if they do not
 * fit it.
 */
export async function withDefaults<P>(type: string, given: Record<string, unknown>): Promise<P> {
  const schema = JSON.parse(readFileSync(join(root, `schemas/stages/${type}.schema.json`), 'utf8'));
  const params = structuredClone(given);
  const errors = (await compileSchema(schema))(params);
  if (errors.length > 0)
    throw new Error(errors.map(({ message, params }) => `${message} ${JSON.stringify(params)}`).join('; '));
  return params as P;
}
