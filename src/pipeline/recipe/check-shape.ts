import { compileSchema } from '../../schema/validator.js';
import type { Json } from '../../util/json.js';
import { recipeWords } from './check-stages.js';
import { refuseReservedNames } from './matrix.js';
import { recipeSchema } from './recipe-schema.js';
import { refuseReferences } from './refuse-references.js';
import { schemaMistakes } from './schema-mistakes.js';
import type { RecipeSource } from './source-positions.js';
import type { ValidParts } from './valid-parts.js';

/**
 * Checks the recipe's own keys, and returns the valid ones. A stage with a wrong key stays, without the wrong
 * part.
 */
export async function checkShape(recipe: Json, source: RecipeSource): Promise<ValidParts> {
  const schema = await recipeSchema();
  if (recipe === null) {
    source.add([], 'value', { message: 'the file is empty', expected: 'a recipe with `stages`' });
    return { params: {}, matrix: {}, stages: {}, wrong: new Set() };
  }
  const validate = await compileSchema(schema);
  const mistakes = schemaMistakes(validate(recipe), schema, recipeWords);
  for (const { path, at, ...mistake } of mistakes) source.add(path, at, mistake);
  const root = asMap(recipe);
  refuseReferences(root, source);
  refuseReservedNames(root, source);
  const stages: ValidParts['stages'] = {};
  const wrongKeys = new Set<string>();
  for (const [id, stage] of Object.entries(asMap(root.stages))) {
    if (mistakes.length === 0 && asMap(stage).with !== null) {
      stages[id] = asMap(stage);
      continue;
    }
    const wrong = mistakes
      .filter(({ path }) => path[0] === 'stages' && path[1] === id && path.length > 2)
      .map(({ path }) => path[2]);
    for (const key of wrong) wrongKeys.add(`${id}.${String(key)}`);
    stages[id] = Object.fromEntries(
      Object.entries(asMap(stage)).filter(
        ([key, value]) => !wrong.includes(key) && !(key === 'with' && value === null),
      ),
    );
  }
  const text = (value: Json | undefined) => (typeof value === 'string' ? value : undefined);
  const matrixIsRight = !mistakes.some(({ path }) => path[0] === 'matrix');
  return {
    name: text(root.name),
    description: text(root.description),
    params: asMap(root.params),
    matrix: matrixIsRight ? (asMap(root.matrix) as Record<string, Json[]>) : {},
    stages,
    wrong: wrongKeys,
  };
}

function asMap(value: Json | undefined): Record<string, Json> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
