import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suggest } from '../util/suggest.js';
import { loadOwnModule } from './own-module.js';
import { shapeMistake } from './stage-shape.js';
import type { Place, StageType } from './stage-type.js';

/**
 * A stage type with the schema of its parameters (draft-07), and the module at which its code closure starts.
 */
export interface FoundStageType {
  type: StageType;
  /** Absolute path. */
  module: string;
  schema: Record<string, unknown>;
}

/** Why `uses` does not name a stage type. */
export interface StageTypeProblem {
  problem: { message: string; expected?: string; got?: string; suggestion?: string };
}

/** `.ts` when the sources run under tsx, `.js` when built: stages are next to `src` in both. */
const EXTENSION = extname(fileURLToPath(import.meta.url));
const STAGES = fileURLToPath(new URL('../../stages/', import.meta.url));
const SCHEMAS = findSchemas();

const builtIns = new Map<string, FoundStageType>();

function findSchemas(): string {
  const beside = fileURLToPath(new URL('../../schemas/', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../../schemas/', import.meta.url));
}

/** The folder of the JSON Schemas that ship with the package. */
export function schemasFolder(): string {
  return SCHEMAS;
}

/** Whether a module is that of a built-in stage type. */
export function isBuiltIn(module: string): boolean {
  return join(dirname(module), sep) === STAGES;
}

/** Names of the built-in stage types: the modules in `stages/` that have a schema. */
export function builtInStageTypes(): string[] {
  if (!existsSync(STAGES)) return [];
  return readdirSync(STAGES)
    .filter((file) => file.endsWith(EXTENSION) && !file.endsWith('.d.ts'))
    .map((file) => basename(file, EXTENSION))
    .filter((name) => existsSync(join(SCHEMAS, 'stages', `${name}.schema.json`)))
    .sort();
}

/**
 * The stage type that `uses` names: a built-in (`train`), or a user's module inside the project folder
 * (`./stages/mine.js` or `.ts`). Nothing else is ever imported. Problems are returned as values.
 */
export async function findStageType(uses: string, place: Place): Promise<FoundStageType | StageTypeProblem> {
  if (/^\.{1,2}\//.test(uses)) return findModule(uses, place);
  const found = await findBuiltIn(uses);
  if (found === undefined) {
    const names = builtInStageTypes();
    const looksLikePath = uses.includes('/') || /\.[cm]?[jt]s$/.test(uses);
    return {
      problem: {
        message: `unknown stage type '${uses}'`,
        expected: `one of ${names.join(', ')}, or a module of the project, ./….js or ./….ts`,
        suggestion: looksLikePath && !uses.startsWith('/') ? `./${uses}` : suggest(uses, names),
      },
    };
  }
  return found;
}

/** A built-in stage type by its name. */
export async function findBuiltIn(uses: string): Promise<FoundStageType | undefined> {
  const known = builtIns.get(uses);
  if (known !== undefined) return known;
  // A name, not a path: one that `builtInStageTypes` lists.
  if (!/^[a-z0-9-]+$/.test(uses)) return undefined;
  const module = join(STAGES, uses + EXTENSION);
  const schemaFile = join(SCHEMAS, 'stages', `${uses}.schema.json`);
  if (!existsSync(module) || !existsSync(schemaFile)) return undefined;
  const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
  // Spelled so that the bundle of the command line finds them.
  const { default: type } = (await import(`../../stages/${uses}.js`)) as { default: StageType };
  const found = { type, module, schema };
  builtIns.set(uses, found);
  return found;
}

async function findModule(uses: string, place: Place): Promise<FoundStageType | StageTypeProblem> {
  const found = await loadOwnModule(uses, place, 'stage module');
  if ('problem' in found) return found;
  const { module, exported } = found;
  const mistake = await shapeMistake(exported);
  if (mistake !== undefined) {
    const message = `the stage module '${uses}' exports no valid stage type: ${mistake.message}`;
    return { problem: { message, expected: mistake.expected, got: mistake.got } };
  }
  const type = exported as StageType & { schema: Record<string, unknown> };
  return { type, module, schema: type.schema };
}
