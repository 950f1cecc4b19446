import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';
import { atPointer, resolveRef } from './describe.js';

/**
 * `value` is changed: defaults are filled in. Returns ajv's errors as if it were `verbose`, none if the value
 * fits.
 */
export type Validate = (value: unknown) => readonly ErrorObject[];

/** A schema compiled by ajv. */
interface Compiled {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null;
}

/** All errors at once, defaults filled in; the same for schemas compiled at build time and at run time. */
const AJV_OPTIONS = {
  allErrors: true,
  useDefaults: true,
  strict: false,
  validateFormats: false,
  logger: false,
  meta: false,
  validateSchema: false,
} as const;

/**
 * The options for a schema. Definitions that refer to others become functions of their own, whose errors have
 * paths that do not start at the schema's root: for these, ajv adds what `explain` would look up.
 */
export function ajvOptions({
  definitions = {},
}: Record<string, unknown>): typeof AJV_OPTIONS & { verbose: boolean } {
  const isNested = JSON.stringify(definitions).includes('"$ref":');
  return { ...AJV_OPTIONS, verbose: isNested };
}

/**
 * The compiled module of the draft-07 meta-schema, which takes far longer to compile than a user's schema.
 */
export const META_SCHEMA = 'draft-07';

/** The meta-schema as ajv compiles it; with the default options, it fills in nothing. */
export function compileMetaSchema(ajv: Ajv): ValidateFunction {
  return ajv.getSchema('http://json-schema.org/draft-07/schema') as ValidateFunction;
}

export const META_OPTIONS = { strict: false, logger: false, validateFormats: false } as const;

const compiled = new WeakMap<object, Promise<Validate>>();

/** Compiles a JSON Schema (draft-07). Throws an `Error` with ajv's words if the schema itself is wrong. */
export function compileSchema(schema: Record<string, unknown>): Promise<Validate> {
  const known = compiled.get(schema) ?? compile(schema);
  compiled.set(schema, known);
  return known;
}

async function compile(schema: Record<string, unknown>): Promise<Validate> {
  const validate = (await loadCompiled(schema)) ?? (await compileNow(schema));
  return (value) =>
    validate(value) ? [] : (validate.errors ?? []).map((error) => explain(error, schema, value));
}

/**
 * The name of the module, next to the built sources, that `scripts/compile-schemas.ts` writes for a schema,
 * derived from the schema's content.
 */
export function compiledName(schema: Record<string, unknown>): string {
  return createHash('sha256').update(JSON.stringify(schema)).digest('hex').slice(0, 16);
}

/**
 * Loading and running ajv's compiler costs more than everything else about a recipe: the build does it for
 * the schemas that ship.
 */
function loadCompiled(schema: Record<string, unknown>): Promise<Compiled | undefined> {
  return loadNamed(compiledName(schema));
}

async function loadNamed(name: string): Promise<Compiled | undefined> {
  if (!existsSync(new URL(`../../validators/${name}.js`, import.meta.url))) return undefined;
  // Spelled so that the command line's bundle finds them.
  return ((await import(`../../validators/${name}.js`)) as { default: Compiled }).default;
}

async function compileNow(schema: Record<string, unknown>): Promise<Compiled> {
  const { Ajv } = await import('ajv');
  const { $id: _, ...anonymous } = schema;
  // To shorten code that checks a recipe or two takes longer than to run it.
  return new Ajv({ ...ajvOptions(schema), code: { optimize: false } }).compile(anonymous) as Compiled;
}

async function metaSchemaNow(): Promise<Compiled> {
  const { Ajv } = await import('ajv');
  return compileMetaSchema(new Ajv(META_OPTIONS));
}

/** Adds what `verbose` would have added, which would double the compiled code. */
function explain(error: ErrorObject, root: unknown, value: unknown): ErrorObject {
  const parent = error.schemaPath.slice(0, error.schemaPath.lastIndexOf('/'));
  return {
    ...error,
    schema: error.schema ?? resolveRef(error.schemaPath, root),
    parentSchema:
      error.parentSchema ??
      ((parent === '#' ? root : resolveRef(parent, root)) as ErrorObject['parentSchema']),
    data: error.propertyName ?? atPointer(error.instancePath, value),
  };
}

const checked = new WeakMap<object, string | undefined>();

/** What is wrong with a user's schema according to the draft-07 meta-schema, or `undefined`. */
export async function checkSchema(schema: Record<string, unknown>): Promise<string | undefined> {
  if (checked.has(schema)) return checked.get(schema);
  const isSchema = (await loadNamed(META_SCHEMA)) ?? (await metaSchemaNow());
  const { $schema: _, ...plain } = schema;
  let wrong = isSchema(plain)
    ? undefined
    : (isSchema.errors ?? [])
        .map(({ instancePath, message }) => `schema${instancePath} ${message}`)
        .join(', ');
  try {
    if (wrong === undefined) await compileSchema(schema);
  } catch (error) {
    // What the meta-schema does not catch: unresolved references, invalid patterns.
    wrong = error instanceof Error ? error.message : String(error);
  }
  checked.set(schema, wrong);
  return wrong;
}
