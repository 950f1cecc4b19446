import type { Feature, Features, ValueType } from '../../../stage/artifact.js';
import { EtudeError } from '../../../util/errors.js';
import type { ArrowField, ArrowType } from '../arrow-stream/schema.js';
import { checkColumnName, describeFeature, featuresFromJson, unsupported } from '../features.js';

/**
 * Features of an Arrow file in its columns' order: those of `declared`, the JSON of Hugging Face features,
 * and for columns missing there, those derived from their types, in which case a struct of bytes and path is
 * Audio. A column that does not match its features is an EtudeError. Only `columns`, if given.
 */
export function arrowFeatures(
  fields: readonly ArrowField[],
  declared: unknown,
  file: string,
  columns?: readonly string[],
): Features {
  const known = declared === undefined ? {} : featuresFromJson(declared, file, columns);
  const missing = Object.keys(known).find((name) => !fields.some((field) => field.name === name));
  if (missing !== undefined) {
    throw new EtudeError(`column '${missing}' is in the features, but not in the file`, { where: { file } });
  }
  const wanted = fields.filter(({ name }) => columns === undefined || columns.includes(name));
  const entries = wanted.map(({ name, type }) => {
    checkColumnName(name, file);
    if (!Object.hasOwn(known, name)) return [name, featureOf(type, name, file)] as const;
    const feature = known[name]!;
    if (holds(type, feature)) return [name, feature] as const;
    throw new EtudeError(`column '${name}' does not match its features`, {
      expected: describeFeature(feature),
      got: describe(type),
      where: { file },
    });
  });
  if (new Set(wanted.map((field) => field.name)).size < wanted.length) {
    throw new EtudeError('two columns have the same name', { where: { file } });
  }
  return Object.fromEntries(entries);
}

/** Whether values of an Arrow type are those of a feature. */
function holds(type: ArrowType, feature: Feature): boolean {
  switch (feature._type) {
    case 'Value':
      return valueType(type) === feature.dtype;
    case 'ClassLabel':
      return type.kind === 'int';
    case 'Audio':
      return isAudio(type);
    case 'List':
      if (type.kind === 'fixed-list') {
        return (
          (feature.length === undefined || feature.length === type.size) &&
          holds(type.item.type, feature.feature)
        );
      }
      return type.kind === 'list' && holds(type.item.type, feature.feature);
  }
}

function featureOf(type: ArrowType, column: string, file: string): Feature {
  const dtype = valueType(type);
  if (dtype !== undefined) return { _type: 'Value', dtype };
  if (isAudio(type)) return { _type: 'Audio', storage: 'encoded' };
  if (type.kind === 'list') return { _type: 'List', feature: featureOf(type.item.type, column, file) };
  if (type.kind === 'fixed-list') {
    return { _type: 'List', feature: featureOf(type.item.type, column, file), length: type.size };
  }
  throw unsupported(column, describe(type), file);
}

function valueType(type: ArrowType): ValueType | undefined {
  switch (type.kind) {
    case 'int':
      return `${type.signed ? '' : 'u'}int${type.bits}`;
    case 'float':
      return `float${type.bits}`;
    case 'bool':
      return 'bool';
    case 'bytes':
      return type.text ? 'string' : 'binary';
    default:
      return undefined;
  }
}

function isAudio(type: ArrowType): boolean {
  if (type.kind !== 'struct') return false;
  const types = Object.fromEntries(type.fields.map((field) => [field.name, valueType(field.type)]));
  return types.bytes === 'binary' && types.path === 'string' && type.fields.length === 2;
}

function describe(type: ArrowType): string {
  switch (type.kind) {
    case 'list':
    case 'fixed-list':
      return `a list of ${describe(type.item.type)}`;
    case 'struct':
      return `struct {${type.fields.map((field) => field.name).join(', ')}}`;
    case 'other':
      return type.name;
    default:
      return valueType(type)!;
  }
}
