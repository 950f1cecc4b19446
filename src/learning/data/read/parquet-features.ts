import type { FileMetaData, SchemaElement, SchemaTree } from 'hyparquet';
import { parquetSchema } from 'hyparquet';
import type { Feature, Features, ValueType } from '../../../stage/artifact.js';
import { EtudeError } from '../../../util/errors.js';
import { checkColumnName, featuresFromJson, isRecord, unsupported } from '../features.js';

/**
 * Features of a Parquet file: those of its `huggingface` metadata, and for columns missing there (all, if the
 * file was written by something else) those of its schema, in which case a struct of bytes and path is Audio.
 * Only `columns`, if given.
 */
export function parquetFeatures(metadata: FileMetaData, file: string, columns?: readonly string[]): Features {
  const declared = huggingFaceFeatures(metadata, file, columns);
  const tree = parquetSchema(metadata);
  const missing = Object.keys(declared).find(
    (name) => !tree.children.some((child) => child.element.name === name),
  );
  if (missing !== undefined) {
    throw new EtudeError(`column '${missing}' is in the metadata, but not in the file`, { where: { file } });
  }
  const wanted = tree.children.filter(
    ({ element }) => columns === undefined || columns.includes(element.name),
  );
  return Object.fromEntries(
    wanted.map((child) => {
      const { name } = child.element;
      checkColumnName(name, file);
      return [name, Object.hasOwn(declared, name) ? declared[name]! : fromSchema(child, name, file)];
    }),
  );
}

function huggingFaceFeatures(metadata: FileMetaData, file: string, columns?: readonly string[]): Features {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return {};
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EtudeError("the 'huggingface' metadata is not JSON", { where: { file }, cause });
  }
  const info = isRecord(json) && isRecord(json.info) ? json.info : {};
  return isRecord(info.features) ? featuresFromJson(info.features, file, columns) : {};
}

function fromSchema(tree: SchemaTree, column: string, file: string): Feature {
  const { element, children } = tree;
  if (children.length === 0) return { _type: 'Value', dtype: primitive(element, column, file) };
  const item = listItem(tree);
  if (item !== undefined) return { _type: 'List', feature: fromSchema(item, column, file) };
  const names = children.map((child) => child.element.name);
  if (names.includes('bytes') && names.every((name) => name === 'bytes' || name === 'path')) {
    return { _type: 'Audio', storage: 'encoded' };
  }
  throw unsupported(column, `struct {${names.join(', ')}}`, file);
}

/** The item of a list in Parquet's three-level form. */
function listItem({ element, children }: SchemaTree): SchemaTree | undefined {
  if (element.converted_type !== 'LIST' && element.logical_type?.type !== 'LIST') return undefined;
  const repeated = children[0];
  if (children.length !== 1 || repeated?.children.length !== 1) return undefined;
  return repeated.children[0];
}

function primitive(element: SchemaElement, column: string, file: string): ValueType {
  const { type, converted_type: converted, logical_type: logical } = element;
  const refuse = () => unsupported(column, logical?.type ?? converted ?? type ?? 'nothing', file);
  if (logical !== undefined && !['STRING', 'INTEGER', 'JSON'].includes(logical.type)) throw refuse();
  if (converted !== undefined && !/^(UTF8|JSON|U?INT_\d+)$/.test(converted)) throw refuse();
  switch (type) {
    case 'BOOLEAN':
      return 'bool';
    case 'FLOAT':
      return 'float32';
    case 'DOUBLE':
      return 'float64';
    case 'BYTE_ARRAY':
      return converted === undefined && logical === undefined ? 'binary' : 'string';
    case 'INT32':
    case 'INT64': {
      if (logical?.type === 'INTEGER')
        return `${logical.isSigned ? '' : 'u'}int${logical.bitWidth}` as ValueType;
      if (converted?.includes('INT_')) return converted.toLowerCase().replace('_', '') as ValueType;
      return type === 'INT32' ? 'int32' : 'int64';
    }
    default:
      throw refuse();
  }
}
