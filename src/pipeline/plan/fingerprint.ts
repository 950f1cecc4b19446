import type { Place, SourceFile } from '../../stage/stage-type.js';
import { digestOfJson } from '../../util/canonical-json.js';
import type { Json } from '../../util/json.js';
import type { Cache, Entry, FingerprintParts } from '../cache/types.js';
import type { PipelineStage } from '../recipe/pipeline.js';
import type { CodeClosure } from './code/code-closure.js';
import { CodeView } from './code/code-view.js';
import { inputDigest } from './input-digest.js';
import { moduleParts } from './module-parts.js';
import { readSources, replacesParam, sourceParts } from './read-sources.js';

export interface Fingerprint {
  /** SHA-256 of the parts' canonical JSON. */
  fingerprint: string;
  parts: FingerprintParts;
  /** What `parts.code` stands for: rarely needed. */
  closure(): Promise<CodeClosure>;
  /** The files behind `parts.sources`, at their current paths. */
  sources: Record<string, SourceFile[]>;
}

export interface FingerprintOptions {
  place: Place;
  cache: Cache;
  /** Name and version of the engine, for stage types that it affects. */
  engineId: string;
  /** The code of stage types, shared between many stages. */
  code?: CodeView;
}

/**
 * The key of a stage's result. `entries` contains the entries of its inputs: their content counts, not how it
 * was made, so that equal bytes end a chain of changes early. Throws an EtudeError for a source that cannot
 * be read and for parameters that are not JSON.
 */
export async function fingerprintOf(
  stage: PipelineStage,
  entries: ReadonlyMap<string, Entry>,
  options: FingerprintOptions,
): Promise<Fingerprint> {
  const { parts, sources, closure } = await ownParts(stage, options);
  const reads = stage.type.readsSplits?.(stage.with, Object.keys(stage.from)) ?? {};
  for (const [input, id] of Object.entries(stage.from)) {
    const entry = entries.get(id);
    if (entry === undefined) throw new Error(`the entry of '${id}', which '${stage.id}' needs, is not known`);
    parts.inputs[input] = await inputDigest(entry, reads[input], options.cache.objects);
  }
  return { fingerprint: digestOfJson(parts), parts, sources, closure };
}

/**
 * All parts except the inputs: what is known about a stage before anything runs. Throws like `fingerprintOf`.
 */
export async function ownParts(
  stage: PipelineStage,
  { place, cache, engineId, code: view = new CodeView(cache) }: FingerprintOptions,
): Promise<Omit<Fingerprint, 'fingerprint'>> {
  const { type } = stage;
  const libraries = (type.libraries ?? []).map((name) => [name, view.version(name, stage.module)]);
  if (type.usesEngine) libraries.push(['engine', engineId]);
  const params = withoutUndefined(stage.with);
  for (const name of type.unaffectedBy ?? []) delete params[name];
  const parts: FingerprintParts = {
    format: 1,
    uses: type.name,
    params,
    sources: {},
    inputs: {},
    code: await view.digest(stage.module),
    libraries: Object.fromEntries(libraries),
  };
  const sources = await readSources(stage, place, cache);
  for (const [param, files] of Object.entries(sources)) {
    parts.sources[param] = sourceParts(files);
    if (replacesParam(stage.with[param])) delete parts.params[param];
  }
  for (const [param, digests] of Object.entries(await moduleParts(stage, place, view)))
    parts.sources[param] = digests;
  return { parts, sources, closure: () => view.closure(stage.module) };
}

/** A parameter that is `undefined` counts as absent. */
function withoutUndefined(params: Record<string, unknown>): Record<string, Json> {
  const present = { ...params };
  for (const key of Object.keys(present)) if (present[key] === undefined) delete present[key];
  return present as Record<string, Json>;
}
