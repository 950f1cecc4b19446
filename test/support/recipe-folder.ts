import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { adviceOf } from '../../src/pipeline/recipe/format-problem.js';
import { loadPipeline } from '../../src/pipeline/recipe/load-pipeline.js';
import type { Pipeline } from '../../src/pipeline/recipe/pipeline.js';
import type { Problem } from '../../src/pipeline/recipe/problem.js';
import { sharedTempFolder, tempFolder } from './temp-folder.js';

/** A stage type that creates a dataset with the columns `path`, `audio` and `intent`. */
const SOURCE = `export default {
  name: 'source',
  description: 'Starts a dataset.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      count: { type: 'integer', minimum: 0, default: 3 },
      rate: { type: 'number', exclusiveMinimum: 0 },
      mode: { enum: ['no', 'steps', 'epoch'], default: 'no' },
      names: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1, uniqueItems: true }] },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      text: { type: 'string', minLength: 1 },
    },
  },
  inputs: {},
  output: 'dataset',
  outline: () => ({
    kind: 'dataset',
    features: {
      path: { _type: 'Value', dtype: 'string' },
      audio: { _type: 'Audio', sampling_rate: 8000, storage: 'encoded' },
      intent: { _type: 'ClassLabel', names: ['yes', 'no'] },
    },
    splits: { train: 10 },
  }),
  run: () => { throw new Error('not run here'); },
};
`;

/** Stage types that make a model from a dataset, and a report from both. */
const stageOf = (name: string, inputs: string, output: string, required: string[] = []) => `export default {
  name: '${name}',
  description: 'For tests.',
  schema: { type: 'object', additionalProperties: false, required: ${JSON.stringify(required)}, properties: { x: { type: 'number' } } },
  inputs: ${inputs},
  output: '${output}',
  run: () => { throw new Error('not run here'); },
};
`;

const FILES: Record<string, string> = {
  'package.json': '{ "type": "module" }',
  'stages/source.js': SOURCE,
  'stages/learn.js': stageOf('learn', `{ dataset: { kind: 'dataset' } }`, 'model'),
  'stages/score.js': stageOf(
    'score',
    `{ model: { kind: 'model' }, dataset: { kind: 'dataset' } }`,
    'report',
    ['x'],
  ),
};

/** A project folder with the stage types above and the given files; removed when the tests end. */
export function projectFolder(files: Record<string, string | Uint8Array> = {}): string {
  return fill(tempFolder('recipe'), files);
}

function fill(folder: string, files: Record<string, string | Uint8Array>): string {
  for (const [name, content] of Object.entries({ ...FILES, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const shared = fill(sharedTempFolder('recipe'), {});

/** The problems of a recipe text. */
export async function problemsOf(recipe: string | Uint8Array, set: string[] = []): Promise<Problem[]> {
  const file = join(shared, 'recipe.yaml');
  writeFileSync(file, recipe);
  const loaded = await loadPipeline(file, { set });
  return 'problems' in loaded ? loaded.problems : [];
}

/** The same as `line:column message: advice`. */
export async function linesOf(recipe: string | Uint8Array, set: string[] = []): Promise<string[]> {
  return (await problemsOf(recipe, set)).map((problem) => {
    const position =
      problem.file === '--set' ? `--set:${problem.column}` : `${problem.line}:${problem.column}`;
    const advice = adviceOf(problem);
    return `${position} ${problem.message}${advice === '' ? '' : `: ${advice}`}`;
  });
}

/** The pipeline of a recipe text that has no problems. */
export async function pipelineOf(recipe: string, set: string[] = [], folder = shared): Promise<Pipeline> {
  const file = join(folder, 'recipe.yaml');
  writeFileSync(file, recipe);
  const loaded = await loadPipeline(file, { set });
  if ('problems' in loaded)
    throw new Error(
      loaded.problems.map((problem) => `${problem.line}:${problem.column} ${problem.message}`).join('\n'),
    );
  return loaded.pipeline;
}
