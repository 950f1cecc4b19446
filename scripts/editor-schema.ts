export type Schema = Record<string, unknown>;

/**
 * The recipe's schema with, for each stage type, the parameters of `with`: for editors, which complete and
 * check as the user types. Everything may also be a `${{ params.x }}` reference there; Etude itself checks
 * parameters after references are replaced.
 */
export function editorSchema(pipeline: Schema, stages: Record<string, Schema>): Schema {
  const { recipe, stage, reference } = pipeline.definitions as Record<string, Schema>;
  const names = Object.keys(stages);
  const cases = names.map((name) => ({
    if: { properties: { uses: { const: name } }, required: ['uses'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { with: { $ref: `#/definitions/with-${name}` } } },
  }));
  const uses = { anyOf: [{ enum: names }, { type: 'string', pattern: '^\\.{1,2}/' }] };
  const definitions: Record<string, Schema> = {
    recipe: recipe!,
    stage: stage!,
    'extending-recipe': extendingRecipe(recipe!, stage!),
    reference: reference!,
    'built-in-stages': {
      properties: { stages: { additionalProperties: { properties: { uses }, allOf: cases } } },
    },
  };
  for (const [name, schema] of Object.entries(stages)) {
    const {
      $schema: _schema,
      $id: _id,
      definitions: _definitions,
      ...rest
    } = withHarmless(inlined(schema, schema)) as Schema;
    const params = orReference(rest, true) as Schema;
    // `with: ${{ … }}` is not allowed, and an empty `with:` is null.
    definitions[`with-${name}`] = { ...params, type: ['object', 'null'] };
  }
  return { ...pipeline, definitions };
}

/**
 * The schema with the values of `x-harmless` as properties, and without reasons, which editors do not know.
 */
function withHarmless(node: unknown): unknown {
  if (!isSchemaMap(node)) return node;
  const { 'x-unsupported': reasons = {}, 'x-harmless': harmless = {}, ...rest } = node;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withHarmless(value)]));
  const values = Object.entries(harmless as Record<string, unknown[]>);
  if (values.length === 0) return schema;
  const added = values.map(([key, choices]) => [
    key,
    { description: `Has no effect: ${(reasons as Record<string, string>)[key]}.`, enum: choices },
  ]);
  return { ...schema, properties: { ...(schema.properties as object), ...Object.fromEntries(added) } };
}

/** A recipe that `extends` another one need not be complete, and may remove stages. */
function extendingRecipe(recipe: Schema, stage: Schema): Schema {
  const { required: _stages, ...partial } = recipe;
  const { required: _uses, ...partialStage } = stage;
  const properties = recipe.properties as Record<string, Schema>;
  const { minProperties: _least, ...stages } = properties.stages!;
  const removable = { ...stages, type: ['object', 'null'] };
  const entries = { anyOf: [partialStage, { type: 'null', description: 'Removes the stage.' }] };
  return {
    ...partial,
    properties: { ...properties, stages: { ...removable, additionalProperties: entries } },
  };
}

/** Replaces local `$ref`s by what they refer to; a schema that refers to itself is not supported. */
function inlined(node: unknown, root: Schema): unknown {
  if (Array.isArray(node)) return node.map((item) => inlined(item, root));
  if (node === null || typeof node !== 'object') return node;
  const { $ref, ...rest } = node as Schema;
  if (typeof $ref !== 'string')
    return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, inlined(value, root)]));
  let target: unknown = root;
  for (const part of $ref.replace(/^#\//, '').split('/')) target = (target as Schema | undefined)?.[part];
  return { ...(inlined(target, root) as Schema), ...rest };
}

const REFERENCE = { $ref: '#/definitions/reference' };

/** The schema, or a reference in place of it and of anything inside it. */
function orReference(node: unknown, isParams = false): unknown {
  if (node === null || typeof node !== 'object' || Array.isArray(node)) return node;
  const schema = { ...(node as Schema) };
  if (isSchemaMap(schema.properties)) {
    schema.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, value]) => [key, orReference(value)]),
    );
  }
  for (const key of ['items', 'additionalProperties'])
    if (isSchemaMap(schema[key])) schema[key] = orReference(schema[key]);
  if (isParams || acceptsAnyText(schema)) return schema;
  const { description, default: fallback, ...rest } = schema;
  const branches = Array.isArray(rest.anyOf) && Object.keys(rest).length === 1 ? rest.anyOf : [rest];
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    anyOf: [...branches, REFERENCE],
  };
}

function acceptsAnyText(schema: Schema): boolean {
  if (Array.isArray(schema.anyOf)) return schema.anyOf.some((branch) => acceptsAnyText(branch as Schema));
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.includes('string') && !('enum' in schema) && !('pattern' in schema);
}

function isSchemaMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
