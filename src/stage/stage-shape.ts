import { describeValue } from '../schema/describe.js';
import { checkSchema } from '../schema/validator.js';

const KINDS = ['dataset', 'model', 'report'];

interface ShapeMistake {
  message: string;
  expected?: string;
  got?: string;
}

/** Why a user's export is not a stage type (see `StageType`), or `undefined` if it is one. */
export async function shapeMistake(exported: unknown): Promise<ShapeMistake | undefined> {
  if (exported === null || typeof exported !== 'object') {
    return {
      message: 'default export',
      expected: 'a stage type (an object)',
      got: exported === undefined ? 'none' : describe(exported),
    };
  }
  const type = exported as Record<string, unknown>;
  return properties(type) ?? inputs(type.inputs) ?? (await schema(type.schema as Record<string, unknown>));
}

function properties(type: Record<string, unknown>): ShapeMistake | undefined {
  const wrong = (name: string, expected: string) => ({
    message: `property '${name}'`,
    expected,
    got: describe(type[name]),
  });
  if (typeof type.name !== 'string' || type.name === '') return wrong('name', 'string');
  if (typeof type.description !== 'string') return wrong('description', 'string');
  if (!isObject(type.schema)) return wrong('schema', 'JSON Schema of the parameters (an object)');
  if (!isObject(type.inputs)) return wrong('inputs', 'map from input name to { kind }');
  if (type.inputList !== undefined && !KINDS.includes(type.inputList as string))
    return wrong('inputList', `one of ${KINDS.join(', ')}, or nothing`);
  if (!KINDS.includes(type.output as string)) return wrong('output', `one of ${KINDS.join(', ')}`);
  if (typeof type.run !== 'function') return wrong('run', 'function');
  for (const name of ['sources', 'outline', 'readsSplits', 'cost', 'rows', 'parts', 'judgedBy']) {
    if (type[name] !== undefined && typeof type[name] !== 'function')
      return wrong(name, 'a function, or nothing');
  }
  for (const name of ['usesEngine', 'chunkwise', 'keepsRows', 'joinsChunks']) {
    if (type[name] !== undefined && typeof type[name] !== 'boolean') return wrong(name, 'true or false');
  }
  if (type.cores !== undefined && type.cores !== 'one' && type.cores !== 'all')
    return wrong('cores', 'one of one, all');
  const { libraries } = type;
  if (
    libraries !== undefined &&
    !(Array.isArray(libraries) && libraries.every((name) => typeof name === 'string'))
  ) {
    return wrong('libraries', 'list of strings');
  }
  return undefined;
}

function inputs(map: unknown): ShapeMistake | undefined {
  for (const [name, input] of Object.entries(map as object)) {
    const kind = isObject(input) ? input.kind : input;
    if (KINDS.includes(kind as string) && isObject(input)) continue;
    return {
      message: `kind of input '${name}'`,
      expected: `one of ${KINDS.join(', ')}`,
      got: describe(kind),
    };
  }
  return undefined;
}

async function schema(schema: Record<string, unknown>): Promise<ShapeMistake | undefined> {
  const wrong = await checkSchema(schema);
  if (wrong !== undefined)
    return { message: `property 'schema'`, expected: 'JSON Schema draft-07', got: wrong };
  if (schema.type !== 'object' || schema.additionalProperties !== false) {
    return { message: `property 'schema'`, expected: `type: 'object' and additionalProperties: false` };
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'function' ? 'function' : describeValue(value);
}
