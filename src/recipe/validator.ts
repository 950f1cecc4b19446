import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';

/** `value` is changed: defaults are filled in. Returns ajv's errors, none when it fits. */
export type Validate = (value: unknown) => readonly ErrorObject[];

let ajv: Promise<Ajv> | undefined;
const compiled = new WeakMap<object, Validate>();

/** Loaded on first use: ajv costs more time than everything else here. */
async function loadAjv(): Promise<Ajv> {
  const { Ajv } = await import('ajv');
  return new Ajv({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    strict: false,
    validateFormats: false,
    logger: false,
    meta: false,
    validateSchema: false,
  });
}

/** Compiles a JSON Schema (draft-07). Throws an `Error` with ajv's words when the schema itself is wrong. */
export async function compileSchema(schema: Record<string, unknown>): Promise<Validate> {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  ajv ??= loadAjv();
  const { $id: _, ...anonymous } = schema;
  const validate: ValidateFunction = (await ajv).compile(anonymous);
  const wrapped: Validate = (value) => (validate(value) ? [] : (validate.errors ?? []));
  compiled.set(schema, wrapped);
  return wrapped;
}

const checked = new WeakMap<object, string | undefined>();

/** What is wrong with a schema of the user's by the draft-07 meta-schema, or `undefined`. */
export async function checkSchema(schema: Record<string, unknown>): Promise<string | undefined> {
  if (checked.has(schema)) return checked.get(schema);
  const { Ajv } = await import('ajv');
  const meta = new Ajv({ strict: false, logger: false, validateFormats: false });
  const { $schema: _, ...plain } = schema;
  let wrong =
    meta.validateSchema(plain) === true ? undefined : meta.errorsText(meta.errors, { dataVar: 'schema' });
  try {
    if (wrong === undefined) await compileSchema(schema);
  } catch (error) {
    // What the meta-schema does not see: references that lead nowhere, patterns that are none.
    wrong = error instanceof Error ? error.message : String(error);
  }
  checked.set(schema, wrong);
  return wrong;
}
