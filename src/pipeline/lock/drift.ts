import { EtudeError } from '../../util/errors.js';
import type { Json } from '../../util/json.js';
import { lookUp } from '../../util/look-up.js';
import type { Cache, FingerprintParts } from '../cache/types.js';
import { CodeView } from '../plan/code/code-view.js';
import { ownParts } from '../plan/fingerprint.js';
import { listingOf, repositoriesOf } from '../plan/read-sources.js';
import { nameCodeChanges } from '../plan/rerun-reasons/code-changes.js';
import { diffOwnParts } from '../plan/rerun-reasons/diff-fingerprints.js';
import { formatNames } from '../plan/rerun-reasons/format-value.js';
import type { Reason } from '../plan/types.js';
import type { Pipeline, PipelineStage } from '../recipe/pipeline.js';
import { describeStage, type StageDescription } from './build-lock-file.js';
import type { LockedStage, LockFile } from './types.js';

/** Something that differs from the lock file. */
export interface Drift {
  stage: string;
  /** What a person would look into. */
  cause: 'recipe' | 'data' | 'code' | 'engine' | 'libraries';
  /** The parameter, file, library, … */
  field: string;
  locked?: string;
  now?: string;
  text: string;
}

export interface DriftOptions {
  pipeline: Pipeline;
  cache: Cache;
  engineId: string;
}

/**
 * Everything that has changed since the lock was written and can be known before anything runs, in the order
 * of the stages: parameters and connections, files and revisions, class names, code, libraries, engine.
 */
export async function driftFrom(lock: LockFile, options: DriftOptions): Promise<Drift[]> {
  const { pipeline } = options;
  const drift: Drift[] = [];
  const code = new CodeView(options.cache);
  for (const stage of pipeline.stages) {
    const locked = lookUp(lock.stages, stage.id);
    if (locked === undefined) {
      drift.push({ stage: stage.id, cause: 'recipe', field: 'stage', now: stage.uses, text: 'is new' });
    } else {
      drift.push(...(await stageDrift(stage, locked, lock, { ...options, code })));
    }
  }
  const ids = new Set(pipeline.stages.map(({ id }) => id));
  for (const [id, { uses }] of Object.entries(lock.stages)) {
    if (!ids.has(id))
      drift.push({ stage: id, cause: 'recipe', field: 'stage', locked: uses, text: 'no longer exists' });
  }
  return drift;
}

async function stageDrift(
  stage: PipelineStage,
  locked: LockedStage,
  lock: LockFile,
  { pipeline, cache, engineId, code }: DriftOptions & { code: CodeView },
): Promise<Drift[]> {
  if (locked.uses !== stage.uses) {
    return [moved(stage.id, 'recipe', 'uses', locked.uses, stage.uses)];
  }
  let own: Awaited<ReturnType<typeof ownParts>>;
  try {
    own = await ownParts(stage, { place: pipeline.place, cache, engineId, code });
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    return [{ stage: stage.id, cause: 'data', field: 'sources', text: error.describe() }];
  }
  const { digest, listing } = await own.closure();
  await cache.code.add(digest, listing);
  const now = await describeStage(stage, own.parts, code, repositoriesOf(own.sources));
  const [before, after] = [partsOf(locked, own.parts, lock.engine), partsOf(now, own.parts, engineId)];
  const digests = { before: locked.code, after: now.code };
  const reasons = await nameCodeChanges(diffOwnParts(before, after), digests, cache.code);
  return [
    ...wireDrift(stage.id, locked, now),
    ...reasons.map((reason) => driftOf(stage.id, reason, { ...locked, files: filesOf(locked, lock) }, now)),
    ...revisionDrift(stage.id, locked, now),
    ...labelDrift(stage, locked),
  ];
}

/** The files of a user's module: a lock lists them once for all stages with the same code. */
function filesOf({ code, files }: LockedStage, { stages }: LockFile): LockedStage['files'] {
  return files ?? Object.values(stages).find((other) => other.code === code && other.files)?.files;
}

/** Both sides in the same form: parts of a fingerprint without the inputs. */
function partsOf(side: StageDescription, own: FingerprintParts, engine: string): FingerprintParts {
  const libraries = { ...side.libraries, ...(own.libraries.engine !== undefined && { engine }) };
  return { ...own, params: side.params, sources: side.sources ?? {}, code: side.code, libraries };
}

const causes: Partial<Record<Reason['type'], Drift['cause']>> = {
  param: 'recipe',
  source: 'data',
  code: 'code',
  library: 'libraries',
};

function driftOf(stage: string, reason: Reason, locked: LockedStage, now: StageDescription): Drift {
  const { type, field = type, before, after } = reason;
  const cause = field === 'engine' && type === 'library' ? 'engine' : (causes[type] ?? 'recipe');
  const drift: Drift = { stage, cause, field, locked: before, now: after, text: reason.text };
  if (type === 'source') {
    const file = changedFile(lookUp(locked.sources, field) ?? {}, lookUp(now.sources, field) ?? {});
    if (file !== undefined)
      return {
        ...drift,
        field: file.name,
        locked: file.locked,
        now: file.now,
        text: `${file.name} ${file.locked} → ${file.now}`,
      };
  }
  if (type !== 'code') return drift;
  const files = changedFiles(locked.files ?? {}, now.files ?? {});
  const text =
    files.length === 0 ? reason.text : `code of stage type ${now.uses} changed (${formatNames(files)})`;
  return { ...drift, field: 'code', text: `${text}: ${before} → ${after}` };
}

/** The file with other bytes, if there is only one and no name has changed. */
function changedFile(before: Json, after: Json): { name: string; locked: string; now: string } | undefined {
  const [old, fresh] = [listingOf(before).listing, listingOf(after).listing];
  if (old === undefined || fresh === undefined || old.size !== fresh.size) return undefined;
  const changed = [...fresh].filter(([name, digest]) => old.get(name) !== digest);
  const [name, now] = changed[0] ?? [];
  const locked = name === undefined ? undefined : old.get(name);
  if (changed.length !== 1 || name === undefined || now === undefined || locked === undefined)
    return undefined;
  return { name, locked, now };
}

function changedFiles(before: Record<string, string>, after: Record<string, string>): string[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])].filter(
    (name) => lookUp(before, name) !== lookUp(after, name),
  );
}

function wireDrift(id: string, locked: LockedStage, now: StageDescription): Drift[] {
  const names = [...new Set([...Object.keys(now.from ?? {}), ...Object.keys(locked.from ?? {})])];
  return names.flatMap((name) => {
    const [before, after] = [lookUp(locked.from, name), lookUp(now.from, name)];
    return before === after ? [] : [moved(id, 'recipe', `from.${name}`, before, after)];
  });
}

function revisionDrift(id: string, locked: LockedStage, now: StageDescription): Drift[] {
  return (now.repositories ?? []).flatMap((repository) => {
    const candidates = (locked.repositories ?? []).filter(
      (each) => each.param === repository.param && each.type === repository.type && each.id === repository.id,
    );
    // An adapter and its base model may be two revisions of one repository.
    const same = candidates.find(({ revision }) => revision === repository.revision) ?? candidates[0];
    if (same === undefined || same.commit === repository.commit) return [];
    return [moved(id, 'data', `${repository.id}@${repository.revision}`, same.commit, repository.commit)];
  });
}

/** Class names, if the recipe's outline has them before anything runs. */
function labelDrift({ id, outline }: PipelineStage, locked: LockedStage): Drift[] {
  return Object.entries(locked.output.labels ?? {}).flatMap(([column, before]) => {
    const after = outlineLabels(outline, column);
    if (after === undefined || after.join('\n') === before.join('\n')) return [];
    const at = before.findIndex((name, i) => name !== after[i]);
    const index = at < 0 ? before.length : at;
    const text = `label map of ${column}: class ${index} ${before[index] ?? '(none)'} → ${after[index] ?? '(none)'}`;
    return [
      {
        stage: id,
        cause: 'data' as const,
        field: `labels.${column}`,
        locked: before.join(', '),
        now: after.join(', '),
        text,
      },
    ];
  });
}

function outlineLabels(outline: PipelineStage['outline'], column: string): readonly string[] | undefined {
  if (outline?.kind === 'model') return outline.labels;
  if (outline?.kind !== 'dataset') return undefined;
  const feature = lookUp(outline.features, column);
  return feature?._type === 'ClassLabel' ? feature.names : undefined;
}

function moved(stage: string, cause: Drift['cause'], field: string, locked?: string, now?: string): Drift {
  const text = `${field} ${short(locked)} → ${short(now)}`;
  return { stage, cause, field, locked, now, text };
}

/** Commits are shown by their first digits. */
function short(value: string | undefined): string {
  if (value === undefined) return '(none)';
  return /^[0-9a-f]{40,64}$/.test(value) ? value.slice(0, 12) : value;
}
