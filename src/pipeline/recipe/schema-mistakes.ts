import type { ErrorObject } from 'ajv';
import { describeSchema, describeValue, quote } from '../../schema/describe.js';
import { suggest } from '../../util/suggest.js';
import { count } from '../../util/words.js';
import { harmlessValues } from './harmless-params.js';
import type { Mistake } from './problem.js';
import type { Path } from './source-positions.js';

/** A value that does not fit its schema: where below the validated value, and what is wrong there. */
export interface SchemaMistake extends Mistake {
  path: Path;
  at: 'key' | 'value';
  /** The key that is missing, if that is what is wrong. */
  missing?: string;
}

/** How messages refer to things. */
export interface Words {
  /** `unknown parameter 'x' of stage type 'train'`. */
  unknown(path: Path, key: string): string;
  missing(path: Path, key: string): string;
  /** `parameter 'x' of stage type 'train'`. */
  subject(path: Path): string;
}

/**
 * ajv's errors (with `allErrors` and `verbose`) in words for people; one per position, without those that
 * only follow from another.
 */
export function schemaMistakes(errors: readonly ErrorObject[], root: unknown, words: Words): SchemaMistake[] {
  const mistakes = settleBranches(errors, root).flatMap((error) => toMistake(error, root, words) ?? []);
  const seen = new Set<string>();
  // A misspelt key is also missing under its right name.
  const meant = new Set(
    mistakes.map(({ path, suggestion }) => JSON.stringify([path.slice(0, -1), suggestion])),
  );
  return mistakes.filter((mistake) => {
    if (mistake.missing !== undefined && meant.has(JSON.stringify([mistake.path, mistake.missing])))
      return false;
    const place = JSON.stringify([mistake.path, mistake.at, mistake.at === 'key' ? mistake.message : '']);
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}

/**
 * Replaces the errors inside of `anyOf` and `oneOf` by those of the branch that was meant, or by one error
 * for all.
 */
function settleBranches(errors: readonly ErrorObject[], root: unknown): ErrorObject[] {
  let left = [...errors];
  for (const error of errors) {
    if (error.keyword !== 'anyOf' && error.keyword !== 'oneOf') continue;
    if (!left.includes(error)) continue;
    const branches = error.schema as Record<string, unknown>[];
    const prefixes = branches.map((branch, index) => {
      const own = `${error.schemaPath}/${index}/`;
      return typeof branch.$ref === 'string' ? [own, `${branch.$ref}/`] : [own];
    });
    const isOf = (index: number, child: ErrorObject) =>
      child.instancePath.startsWith(error.instancePath) &&
      prefixes[index]!.some((prefix) => child.schemaPath.startsWith(prefix));
    const fitting = branches.flatMap((branch, index) =>
      acceptsType(branch, error.data, root) ? [index] : [],
    );
    const meant = fitting.length === 1 ? left.filter((child) => isOf(fitting[0]!, child)) : [];
    const keep = new Set(meant.length > 0 ? meant : [error]);
    left = left.filter(
      (child) => keep.has(child) || (child !== error && !branches.some((_, index) => isOf(index, child))),
    );
  }
  return left;
}

function acceptsType(schema: Record<string, unknown>, value: unknown, root: unknown): boolean {
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  if (typeof schema.$ref === 'string') return describeSchema(schema, root) === describeSchema({ type });
  if (Array.isArray(schema.enum)) return schema.enum.some((choice) => typeof choice === typeof value);
  if ('const' in schema) return typeof schema.const === typeof value;
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.includes(type) || (type === 'number' && types.includes('integer'));
}

function toMistake(error: ErrorObject, root: unknown, words: Words): SchemaMistake | undefined {
  const path = pathOf(error.instancePath);
  const value = error.data as unknown;
  const params = error.params as Record<string, unknown>;
  const schema = (error.parentSchema ?? {}) as Record<string, unknown>;
  const wrong = (expected: string, got = describeValue(value)): SchemaMistake => ({
    path,
    at: 'value',
    message: `wrong value for ${words.subject(path)}`,
    expected,
    got,
  });
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty);
      const reason = reasonAgainst(key, schema);
      if (reason !== undefined) {
        const values = harmlessValues(key, schema)?.map((choice) => JSON.stringify(choice));
        return {
          path: [...path, key],
          at: 'key',
          message: `${words.unknown(path, key)}: ${reason}`,
          expected: values && `nothing, or ${values.join(' or ')}`,
        };
      }
      const suggestion = suggest(key, Object.keys((schema.properties ?? {}) as object));
      return { path: [...path, key], at: 'key', message: words.unknown(path, key), suggestion };
    }
    case 'required':
      return {
        path,
        at: 'key',
        message: words.missing(path, String(params.missingProperty)),
        missing: String(params.missingProperty),
      };
    case 'propertyNames': {
      const key = String(params.propertyName);
      const names = error.schema as Record<string, unknown>;
      return {
        path: [...path, key],
        at: 'key',
        message: `bad name ${quote(key)}`,
        expected: described(names) ?? describeSchema(names, root),
      };
    }
    case 'enum':
    case 'const': {
      const choices = error.keyword === 'enum' ? (error.schema as unknown[]) : [error.schema];
      const names = choices.filter((choice) => typeof choice === 'string');
      const got = typeof value === 'string' ? quote(value) : describeValue(value);
      return {
        ...wrong(described(schema) ?? describeSchema(schema, root), got),
        suggestion: typeof value === 'string' ? suggest(value, names) : undefined,
      };
    }
    case 'anyOf':
    case 'oneOf': {
      const branches = error.schema as { enum?: unknown[]; const?: unknown }[];
      const choices = branches.flatMap((branch) => branch.enum ?? [branch.const]);
      const names = choices.filter((name) => typeof name === 'string');
      const suggestion = typeof value === 'string' ? suggest(value, names) : undefined;
      return { ...wrong(describeSchema(schema, root)), suggestion };
    }
    case 'type':
      return wrong(describeSchema(schema, root));
    case 'minimum':
    case 'exclusiveMinimum':
    case 'maximum':
    case 'exclusiveMaximum':
      return wrong(
        `${describeSchema({ type: schema.type ?? 'number' })} ${String(params.comparison)} ${String(params.limit)}`,
        String(value),
      );
    case 'multipleOf':
      return wrong(`a multiple of ${String(params.multipleOf)}`, String(value));
    case 'pattern':
      // The inner errors of `propertyNames` have the name; the outer one is sufficient.
      return error.propertyName === undefined
        ? wrong(described(schema) ?? `text that matches ${String(params.pattern)}`)
        : undefined;
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return error.propertyName === undefined
        ? wrong(counted('at least', Number(params.limit), error.keyword))
        : undefined;
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return error.propertyName === undefined
        ? wrong(counted('at most', Number(params.limit), error.keyword))
        : undefined;
    case 'uniqueItems': {
      const twice = Math.max(Number(params.i), Number(params.j));
      return {
        ...wrong('no duplicate items'),
        path: [...path, twice],
        got: describeValue((value as unknown[])[twice]),
      };
    }
    case 'dependencies':
    case 'dependentRequired': {
      const key = String(params.property);
      return {
        path: [...path, key],
        at: 'key',
        message: `${words.subject([...path, key])} needs ${quote(String(params.missingProperty))} as well`,
      };
    }
    case 'if':
      return undefined;
    case 'not':
    case 'false schema':
      return {
        path,
        at: 'value',
        message: `${words.subject(path)} is not allowed here${described(schema) ? `: ${described(schema)}` : ''}`,
      };
    default:
      return { path, at: 'value', message: `${words.subject(path)} ${error.message ?? 'is not valid'}` };
  }
}

/** Why a schema does not accept a key that people know from elsewhere: its `x-unsupported`. */
function reasonAgainst(key: string, schema: Record<string, unknown>): string | undefined {
  const reasons = (schema['x-unsupported'] ?? {}) as Record<string, string>;
  return Object.hasOwn(reasons, key) ? reasons[key] : undefined;
}

/** A schema's own description of what it wants, written for messages in `$comment`. */
function described(schema: Record<string, unknown>): string | undefined {
  return typeof schema.$comment === 'string' ? schema.$comment : undefined;
}

function counted(limit: string, number: number, keyword: string): string {
  const noun = keyword.endsWith('Length') ? 'character' : keyword.endsWith('Items') ? 'item' : 'entry';
  return `${limit} ${count(number, noun)}`;
}

function pathOf(pointer: string): Path {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^(0|[1-9]\d*)$/.test(part) ? Number(part) : part));
}
