import type { Environment } from '@marcbachmann/cel-js';
import type { Feature, Features } from '../../../stage/artifact.js';
import { lookUp } from '../../../util/look-up.js';

/** The variable by whose entries columns can be named that are not identifiers. */
export const COLUMNS = 'columns';

/** What a condition can ask about a clip: its length in seconds, and its levels in dBFS. */
export const AUDIO_FIELDS = { duration: 'double', peak: 'double', rms: 'double', path: 'string' } as const;

/** How large a condition can be: far more than anyone writes by hand. */
const limits = {
  maxAstNodes: 500,
  maxDepth: 40,
  maxListElements: 200,
  maxMapEntries: 0,
  maxCallArguments: 3,
};

type Cel = typeof import('@marcbachmann/cel-js');

/** Whether conditions can be about a column of this type. */
export function isComparable(feature: Feature): boolean {
  return feature._type !== 'List' && !(feature._type === 'Value' && feature.dtype === 'binary');
}

/** Its type in the expression language; classes are their names. */
function typeOf(feature: Feature): string {
  if (feature._type === 'Audio') return 'Clip';
  if (feature._type !== 'Value' || feature.dtype === 'string') return 'string';
  if (feature.dtype === 'bool') return 'bool';
  return feature.dtype.startsWith('float') ? 'double' : 'int';
}

/** Knows the columns' types: for finding mistakes before there are values. */
export function typedColumns({ Environment }: Cel, features: Features): Environment {
  const environment = new Environment({ limits }).registerType('Clip', { fields: AUDIO_FIELDS });
  declare(environment, features, typeOf);
  // Any value can be missing, and people write 1 for 1.0.
  const equals = (a: unknown, b: unknown) => a === b;
  for (const type of ['string', 'bool', 'int', 'double', 'Clip'])
    environment.registerOperator(`${type} == null`, equals);
  environment.registerOperator('double == int', equals);
  environment.registerOperator('double in list<int>', equals);
  return environment;
}

/** Knows only their names: a missing value is then an error wherever another one is needed. */
export function untypedColumns({ Environment }: Cel, features: Features): Environment {
  return declare(new Environment({ limits }), features, () => 'dyn');
}

function declare(
  environment: Environment,
  features: Features,
  type: (feature: Feature) => string,
): Environment {
  environment.registerVariable(COLUMNS, 'map<string, dyn>');
  for (const [name, feature] of Object.entries(features)) {
    if (!isIdentifier(name) || !isComparable(feature)) continue;
    try {
      environment.registerVariable(name, type(feature));
    } catch {
      // A reserved word, such as `string`: it is still an entry of `columns`.
    }
  }
  return environment;
}

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && name !== COLUMNS;
}

/** A column's value as the expression language has it. `measures`: a clip's, by field. */
export function valueFor(feature: Feature, value: unknown, measures?: Record<string, unknown>): unknown {
  if (value === null || value === undefined) return null;
  if (feature._type === 'Audio') return new Map(Object.entries(measures ?? {}));
  if (feature._type === 'ClassLabel') return lookUp({ ...feature.names }, String(value)) ?? null;
  const isInteger = feature._type === 'Value' && /^u?int/.test(feature.dtype);
  return isInteger ? BigInt(value as number) : value;
}
