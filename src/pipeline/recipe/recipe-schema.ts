import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemasFolder } from '../../stage/find-stage-type.js';

type Schema = Record<string, unknown>;

let schema: Schema | undefined;

/**
 * The schema of the recipe's own keys. What `with` may contain is left to the stage types' schemas, after
 * references are replaced.
 */
export async function recipeSchema(): Promise<Schema> {
  schema ??= readSchema();
  return schema;
}

function readSchema(): Schema {
  const text = readFileSync(join(schemasFolder(), 'pipeline.schema.json'), 'utf8');
  const { definitions } = JSON.parse(text) as { definitions: { recipe: Schema; stage: Schema } };
  const { recipe, stage } = definitions;
  return { ...recipe, definitions: { stage } };
}
