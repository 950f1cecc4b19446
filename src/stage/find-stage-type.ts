import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { kindOf } from '../files/regular-file.js';
import { pointsOutside } from '../util/points-outside.js';
import { suggest } from '../util/suggest.js';
import { loadingError } from './loading-error.js';
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

/** File extensions of users' stage modules. */
export const MODULE_EXTENSIONS: readonly string[] = ['.js', '.mjs', '.ts', '.mts'];

/** Whether modules in TypeScript can be imported: by Node.js itself, or in development. */
function stripsTypes(): boolean {
  const { typescript } = process.features as { typescript?: 'strip' | 'transform' | false };
  return Boolean(typescript) || EXTENSION === '.ts';
}

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
  const refuse = (message: string, expected?: string, got?: string) => ({
    problem: { message, expected, got },
  });
  const path = place.resolve(uses);
  if (!MODULE_EXTENSIONS.includes(extname(path)))
    return refuse(`not a stage module: '${uses}'`, `a file ending in ${MODULE_EXTENSIONS.join(', ')}`);
  if (path.endsWith('ts') && !stripsTypes())
    return refuse(
      `this Node.js cannot run TypeScript, which '${uses}' is written in`,
      'Node.js 22.18 or later, or a stage module in JavaScript (JSDoc comments can give it types)',
      `Node.js ${process.versions.node}`,
    );
  if (!existsSync(path))
    return refuse(`no such stage module: '${uses}'`, 'a file next to the recipe or in the project folder');
  const stats = statSync(path);
  if (!stats.isFile()) return refuse(`not a stage module: '${uses}'`, 'a file', kindOf(stats));
  const module = realpathSync(path);
  const inside = relative(realpathSync(place.projectDir), module);
  if (pointsOutside(inside)) {
    return refuse(`the stage module '${uses}' is outside the project`, 'a file inside the project folder');
  }
  let exported: unknown;
  try {
    exported = ((await import(pathToFileURL(module).href)) as { default?: unknown }).default;
  } catch (error) {
    return refuse(`the stage module '${uses}' cannot be loaded: ${await loadingError(error, module)}`);
  }
  const mistake = await shapeMistake(exported);
  if (mistake !== undefined) {
    return refuse(
      `the stage module '${uses}' exports no valid stage type: ${mistake.message}`,
      mistake.expected,
      mistake.got,
    );
  }
  const type = exported as StageType & { schema: Record<string, unknown> };
  return { type, module, schema: type.schema };
}
