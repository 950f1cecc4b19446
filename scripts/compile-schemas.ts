/**
 * Compiles the schemas that ship into code, `dist/validators/`, as the last step of the build: a run then
 * needs no schema compiler. A schema that is changed later has another name there and is compiled on demand.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { profilesSchema } from '../src/pipeline/executors/profiles/profiles-schema.js';
import { lockSchema } from '../src/pipeline/lock/lock-file-io.js';
import { recipeSchema } from '../src/pipeline/recipe/recipe-schema.js';
import {
  ajvOptions,
  compiledName,
  compileMetaSchema,
  META_OPTIONS,
  META_SCHEMA,
} from '../src/schema/validator.js';
import { builtInStageTypes, schemasFolder } from '../src/stage/find-stage-type.js';

type Schema = Record<string, unknown>;

/** The generated code imports ajv's small helpers by `require`. */
const HEADER = `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n`;

/** The schemas that recipes are checked with: the recipe's own and those of the built-in stage types. */
export async function shippedSchemas(): Promise<Schema[]> {
  const read = (name: string) => readFileSync(join(schemasFolder(), 'stages', `${name}.schema.json`), 'utf8');
  return [await recipeSchema(), ...builtInStageTypes().map((name) => JSON.parse(read(name)) as Schema)];
}

/**
 * Writes one module per schema, and one for the meta-schema, into the folder, and removes those of schemas
 * that no longer exist.
 */
export function compileSchemas(schemas: readonly Schema[], folder: string): void {
  const code = { source: true, esm: true };
  const meta = new Ajv({ ...META_OPTIONS, code });
  const texts = new Map([[META_SCHEMA, standalone.default(meta, compileMetaSchema(meta))]]);
  for (const schema of schemas) {
    const ajv = new Ajv({ ...ajvOptions(schema), code });
    const { $id: _, ...anonymous } = schema;
    texts.set(compiledName(schema), standalone.default(ajv, ajv.compile(anonymous)));
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of texts) writeFileSync(join(folder, `${name}.js`), HEADER + text);
  for (const file of readdirSync(folder))
    if (!texts.has(file.replace(/\.js$/, ''))) rmSync(join(folder, file));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  compileSchemas(
    [...(await shippedSchemas()), await lockSchema(), profilesSchema()],
    fileURLToPath(new URL('../dist/validators/', import.meta.url)),
  );
}
