import { basename, extname, resolve } from 'node:path';
import { checkStage, recipeWords } from './check-stages.js';
import { composeRecipe } from './compose.js';
import type { StageDraft } from './draft.js';
import { orderStages } from './order.js';
import { outlineStages } from './outlines.js';
import { applyOverride } from './overrides.js';
import { applyParamsFile } from './params-file.js';
import type { Json } from './parse-yaml.js';
import type { Pipeline, PipelineStage } from './pipeline.js';
import { placeOf } from './place.js';
import { type Problem, sortProblems } from './problem.js';
import { recipeSchema } from './recipe-schema.js';
import { References } from './references.js';
import { schemaMistakes } from './schema-mistakes.js';
import type { RecipeSource } from './source.js';
import { compileSchema } from './validator.js';
import { wireStages } from './wiring.js';

/** How `loadPipeline` ends: with a pipeline that can be planned, or with everything that is wrong. */
export type LoadedPipeline = { pipeline: Pipeline } | { problems: Problem[] };

/** What changes a recipe from outside. */
export interface LoadOptions {
  /** Files whose keys replace values of `params`, the last one wins. */
  params?: readonly string[];
  /** `path=value` each; these come last. */
  set?: readonly string[];
}

/**
 * Reads a recipe and makes a pipeline of it: YAML, what it extends, overrides, references, validation by the schemas of the
 * recipe and of its stage types, wiring, and the outlines of what each stage will give. Mistakes come back as values, all at once, in
 * the order of the file, without those that only follow from another one. Runs no stage; imports only the stage types that `uses` names.
 *
 * @example
 * const loaded = await loadPipeline('pipelines/minds14.yaml', { set: ['learning_rate=1e-4'] });
 * if ('problems' in loaded) for (const problem of loaded.problems) console.error(await formatProblem(problem));
 * else console.log(loaded.pipeline.stages.map((stage) => stage.id));
 */
export async function loadPipeline(file: string, options: LoadOptions = {}): Promise<LoadedPipeline> {
  const place = placeOf(file);
  const composed = await composeRecipe(file, place);
  if ('problems' in composed) return composed;
  const { source } = composed;
  let { recipe } = composed;
  for (const each of options.params ?? []) recipe = await applyParamsFile(recipe, each, source);
  for (const argument of options.set ?? []) recipe = await applyOverride(recipe, argument, source, place);

  const rightParts = await checkShape(recipe, source);
  const references = new References(rightParts.params, source);
  const params = references.resolveParams();
  const drafts = new Map<string, StageDraft>();
  for (const [id, stage] of Object.entries(rightParts.stages)) {
    const uses = typeof stage.uses === 'string' ? stage.uses : undefined;
    const draft: StageDraft = {
      id,
      uses,
      from: stage.from,
      inputs: {},
      wired: !rightParts.wrong.has(`${id}.from`),
    };
    drafts.set(id, draft);
    const written = rightParts.wrong.has(`${id}.with`) ? undefined : (stage.with ?? {});
    await checkStage(draft, written, references, source, place);
  }
  wireStages(drafts, source);
  const ordered = orderStages(drafts, source);
  const outlines = await outlineStages(ordered, references, source, place);
  if (source.problems.length > 0) return { problems: sortProblems(source.problems, source.files) };

  const stages = ordered.map((draft): PipelineStage => {
    const { id, inputs } = draft;
    const { type, module } = draft.found!;
    return {
      id,
      uses: draft.uses!,
      type,
      module,
      from: inputs,
      with: draft.with!,
      outline: outlines.get(id),
    };
  });
  const { name, description } = rightParts;
  const pipeline: Pipeline = {
    name: name ?? basename(file, extname(file)),
    file: resolve(file),
    place,
    params,
    stages,
  };
  if (description !== undefined) pipeline.description = description;
  return { pipeline };
}

interface RightParts {
  name?: string;
  description?: string;
  params: Record<string, Json>;
  stages: Record<string, Record<string, Json>>;
  /** `ID.KEY` of what was left out because it is wrong. */
  wrong: Set<string>;
}

/** Checks the recipe's own keys, and gives what is right of them. A stage with a wrong key stays, without the wrong part. */
async function checkShape(recipe: Json, source: RecipeSource): Promise<RightParts> {
  const schema = await recipeSchema();
  if (recipe === null) {
    source.add([], 'value', { message: 'the file is empty', expected: 'a recipe with `stages`' });
    return { params: {}, stages: {}, wrong: new Set() };
  }
  const validate = await compileSchema(schema);
  const mistakes = schemaMistakes(validate(recipe), schema, recipeWords);
  for (const { path, at, ...mistake } of mistakes) source.add(path, at, mistake);
  const root = asMap(recipe);
  refuseReferences(root, source);
  const stages: RightParts['stages'] = {};
  const wrongKeys = new Set<string>();
  for (const [id, stage] of Object.entries(asMap(root.stages))) {
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
  return {
    name: text(root.name),
    description: text(root.description),
    params: asMap(root.params),
    stages,
    wrong: wrongKeys,
  };
}

/** What a recipe does must be readable from its keys: references stand for parameters only. */
function refuseReferences(recipe: Record<string, Json>, source: RecipeSource): void {
  const refuse = (value: Json | undefined, path: string[]) => {
    if (typeof value === 'string' && value.includes('${{')) {
      source.addInside(path, '${{', {
        message: 'a reference is not allowed here',
        expected: 'references in `params` and `with` only',
      });
    } else if (path.at(-1) === 'from') {
      for (const [key, item] of Object.entries(asMap(value))) refuse(item, [...path, key]);
    }
  };
  refuse(recipe.name, ['name']);
  refuse(recipe.description, ['description']);
  for (const [id, stage] of Object.entries(asMap(recipe.stages))) {
    for (const key of ['uses', 'from']) refuse(asMap(stage)[key], ['stages', id, key]);
  }
}

function asMap(value: Json | undefined): Record<string, Json> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
