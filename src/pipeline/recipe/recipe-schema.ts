import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { schemasFolder } from '../../stage/registry.js';

type Schema = Record<string, unknown>;

let schema: Promise<Schema> | undefined;

/**
 * The schema of the recipe's own keys. What `with` may hold is left to the stage types' schemas, after
 * references are replaced.
 */
export function recipeSchema(): Promise<Schema> {
  schema ??= readFile(join(schemasFolder(), 'pipeline.schema.json'), 'utf8').then((text) => {
    const { definitions } = JSON.parse(text) as { definitions: { recipe: Schema; stage: Schema } };
    const { recipe, stage } = definitions;
    return { ...recipe, definitions: { stage } };
  });
  return schema;
}
