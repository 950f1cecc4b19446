import type { Json } from '../../util/json.js';
import type { Path, RecipeSource } from './source-positions.js';

/** What a recipe does must be readable from its keys: references are for parameters only. */
export function refuseReferences(recipe: Record<string, Json>, source: RecipeSource): void {
  const refuse = (value: Json | undefined, path: Path) => {
    if (typeof value === 'string' && value.includes('${{')) {
      source.addInside(path, '${{', {
        message: 'a reference is not allowed here',
        expected: 'references in `params` and `with` only',
      });
    } else if (value !== null && typeof value === 'object') {
      for (const [key, item] of Object.entries(value)) refuse(item, [...path, key]);
    }
  };
  refuse(recipe.name, ['name']);
  refuse(recipe.description, ['description']);
  refuse(recipe.matrix, ['matrix']);
  const { stages } = recipe;
  if (stages === null || typeof stages !== 'object' || Array.isArray(stages)) return;
  for (const [id, stage] of Object.entries(stages)) {
    if (stage === null || typeof stage !== 'object' || Array.isArray(stage)) continue;
    for (const key of ['uses', 'from']) {
      const value = stage[key];
      // Text, or a map or a list of text: anything else is reported by the schema.
      if (key === 'from' || !Array.isArray(value)) refuse(value, ['stages', id, key]);
    }
  }
}
