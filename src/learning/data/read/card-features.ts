import type { Feature, Features } from '../../../stage/artifact.js';
import { featuresFromJson, isRecord } from '../features.js';

/**
 * Features of a configuration in the `dataset_info` of a dataset card (`Features._to_yaml_list` of Hugging
 * Face datasets), for Parquet files that do not have them. Columns of types that Etude does not have are left
 * out.
 */
export function cardFeatures(card: unknown, config: string): Features {
  const infos = isRecord(card) ? [card.dataset_info ?? []].flat().filter(isRecord) : [];
  const info =
    infos.find((one) => String(one.config_name ?? 'default') === config) ??
    (infos.length === 1 ? infos[0] : undefined);
  const features: Features = {};
  for (const entry of Array.isArray(info?.features) ? info.features.filter(isRecord) : []) {
    const name = String(entry.name);
    const json = jsonOf(entry);
    try {
      if (json !== undefined) Object.assign(features, featuresFromJson({ [name]: json }));
    } catch {
      // Another type: the file's own type is kept.
    }
  }
  return features;
}

/** An entry of the card's list in the form of the `huggingface` metadata. */
function jsonOf(entry: Record<string, unknown>): unknown {
  const list = entry.list ?? entry.sequence;
  if (list !== undefined) {
    const feature = isRecord(list) ? jsonOf(list) : jsonOf({ dtype: list });
    return { _type: 'List', feature };
  }
  const { dtype } = entry;
  if (dtype === 'audio') return { _type: 'Audio' };
  if (typeof dtype === 'string') return { _type: 'Value', dtype };
  if (!isRecord(dtype)) return undefined;
  if (isRecord(dtype.audio)) return { _type: 'Audio', ...dtype.audio };
  if (!isRecord(dtype.class_label)) return undefined;
  const { names } = dtype.class_label;
  // A map from number to name, as cards have it, or a list.
  const ordered = isRecord(names)
    ? Object.keys(names)
        .sort((a, b) => Number(a) - Number(b))
        .map((key) => names[key])
    : names;
  return { _type: 'ClassLabel', names: ordered };
}

/** A column's type by its file, refined by the card if the two are compatible. */
export function refine(feature: Feature, declared: Feature | undefined): Feature {
  if (declared === undefined) return feature;
  if (feature._type === 'Value' && declared._type === 'ClassLabel' && /^u?int/.test(feature.dtype))
    return declared;
  if (feature._type === 'Value' && declared._type === 'Audio' && feature.dtype === 'binary') return declared;
  if (feature._type === 'Audio' && declared._type === 'Audio' && feature.sampling_rate === undefined)
    return {
      ...feature,
      ...(declared.sampling_rate === undefined ? {} : { sampling_rate: declared.sampling_rate }),
    };
  return feature;
}
