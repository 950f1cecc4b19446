/**
 * Writes what follows from `schemas/stages/*.schema.json`: the TypeScript types of the parameters
 * (`src/stage/params.ts`) and the part of `schemas/pipeline.schema.json` by which editors complete `with`.
 * Run by `npm run schemas`; a test asserts that nothing is out of date.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import { editorSchema, type Schema } from './editor-schema.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SUFFIX = '.schema.json';
const HEADER =
  '/** Parameters of the built-in stage types after defaults. Written by `npm run schemas` from schemas/stages; not by hand. */';

/** The generated files by their paths in the repository. */
export async function generate(): Promise<Record<string, string>> {
  const folder = join(ROOT, 'schemas/stages');
  const stages: Record<string, Schema> = {};
  for (const file of readdirSync(folder).sort()) {
    if (file.endsWith(SUFFIX))
      stages[basename(file, SUFFIX)] = withoutTitles(readJson(join(folder, file))) as Schema;
  }
  const types: string[] = [];
  for (const [name, schema] of Object.entries(stages)) types.push(await paramsType(name, schema));
  const pipeline = editorSchema(readJson(join(ROOT, 'schemas/pipeline.schema.json')), stages);
  return {
    'src/stage/params.ts': format('src/stage/params.ts', [HEADER, ...types].join('\n\n')),
    'schemas/pipeline.schema.json': format(
      'schemas/pipeline.schema.json',
      JSON.stringify(pipeline, undefined, 2),
    ),
  };
}

function paramsType(name: string, schema: Schema): Promise<string> {
  const interfaceName = `${name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase())}Params`;
  return compile(
    { ...withDefaultsRequired(schema), title: interfaceName, $id: undefined, $schema: undefined },
    interfaceName,
    {
      bannerComment: '',
      format: false,
      ignoreMinAndMaxItems: true,
      additionalProperties: false,
    },
  );
}

/** After validation a property that has a default is always there. */
function withDefaultsRequired(schema: Schema): Schema {
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const defaulted = Object.keys(properties).filter((key) => Object.hasOwn(properties[key]!, 'default'));
  return { ...schema, required: [...new Set([...((schema.required ?? []) as string[]), ...defaulted])] };
}

/** A `title` would give a property's type a name of its own, and two stage types may have the same. */
function withoutTitles(node: unknown, isPropertyMap = false): unknown {
  if (Array.isArray(node)) return node.map((item) => withoutTitles(item));
  if (node === null || typeof node !== 'object') return node;
  const entries = Object.entries(node).filter(
    ([key, value]) => isPropertyMap || key !== 'title' || typeof value !== 'string',
  );
  return Object.fromEntries(
    entries.map(([key, value]) => [key, withoutTitles(value, !isPropertyMap && key === 'properties')]),
  );
}

function readJson(path: string): Schema {
  return JSON.parse(readFileSync(path, 'utf8')) as Schema;
}

function format(path: string, text: string): string {
  const biome = join(ROOT, 'node_modules/.bin/biome');
  const { status, stdout, stderr } = spawnSync(biome, ['format', `--stdin-file-path=${path}`], {
    cwd: ROOT,
    input: text,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`formatting ${path} failed: ${stderr}`);
  return stdout;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await generate())) {
    writeFileSync(join(ROOT, path), text);
    console.log(`wrote ${path}`);
  }
}
