import { canonicalJson } from '../../util/canonical-json.js';
import { lookUp } from '../../util/look-up.js';
import type { Cache, FingerprintParts } from '../cache/types.js';
import { compactFiles } from '../lock/build-lock-file.js';
import { nameCodeChanges } from '../plan/rerun-reasons/code-changes.js';
import { diffOwnParts } from '../plan/rerun-reasons/diff-fingerprints.js';
import { diffParams } from '../plan/rerun-reasons/diff-params.js';
import type { Reason } from '../plan/types.js';
import { diffOutputs } from './diff-outputs.js';
import type { Difference } from './difference.js';
import type { Side, SideStage } from './side.js';

const kinds: Partial<Record<Reason['type'], Difference['kind']>> = {
  param: 'parameter',
  source: 'data',
  code: 'code',
  library: 'library',
};

/**
 * What differs between two sides, in the order of the second one's stages: which stages there are, how they
 * are connected, parameters, data, code, libraries, the engine; then their results: rows, class names,
 * metrics. Only what both sides have is compared.
 */
export async function compareSides(a: Side, b: Side, code: Cache['code']): Promise<Difference[]> {
  const found: Difference[] = [];
  if (a.engine !== undefined && b.engine !== undefined && a.engine !== b.engine)
    found.push(change('engine', 'engine', a.engine, b.engine));
  /** Stages whose result differs because of something before them. */
  const touched = new Set<string>(found.length > 0 ? b.stages.keys() : []);
  const plain = a.kind !== 'lock' && b.kind !== 'lock';
  for (const [stage, after] of b.stages) {
    const before = a.stages.get(stage);
    if (before === undefined) {
      found.push({ stage, kind: 'stage', field: 'stage', after: after.uses, text: `added (${after.uses})` });
      touched.add(stage);
      continue;
    }
    const own = await stageChanges(before, after, plain, code);
    if (own.length > 0 || Object.values(after.from).some((id) => touched.has(id))) touched.add(stage);
    const given = diffOutputs(before.output, after.output, !touched.has(stage));
    found.push(...[...own, ...given].map((difference) => ({ stage, ...difference })));
  }
  for (const [stage, { uses }] of a.stages) {
    if (!b.stages.has(stage))
      found.push({ stage, kind: 'stage', field: 'stage', before: uses, text: `removed (${uses})` });
  }
  return found;
}

async function stageChanges(
  before: SideStage,
  after: SideStage,
  plain: boolean,
  code: Cache['code'],
): Promise<Difference[]> {
  if (before.uses !== after.uses) return [change('stage', 'uses', before.uses, after.uses)];
  const found = wireChanges(before, after);
  const params = plain && before.with !== undefined && after.with !== undefined;
  if (params) found.push(...diffParams(before.with!, after.with!).map(fromReason));
  if (before.parts !== undefined && after.parts !== undefined) {
    const [old, now] = [partsFor(before.parts, params, plain), partsFor(after.parts, params, plain)];
    const reasons = diffOwnParts(old, { ...now, uses: after.uses });
    const digests = { before: old.code, after: now.code };
    found.push(...(await nameCodeChanges(reasons, digests, code)).map(fromReason));
  }
  return [...found, ...revisionChanges(before, after)];
}

/**
 * What is left to compare in a fingerprint: not the parameters if the recipes' own were compared; files in
 * the form that a lock has.
 */
function partsFor(parts: FingerprintParts, paramsAreDone: boolean, plain: boolean): FingerprintParts {
  const sources = plain
    ? parts.sources
    : Object.fromEntries(Object.entries(parts.sources).map(([param, files]) => [param, compactFiles(files)]));
  return { ...parts, sources, params: paramsAreDone ? {} : parts.params };
}

function wireChanges(before: SideStage, after: SideStage): Difference[] {
  // A single input may be unnamed.
  const [only, other] = [Object.values(before.from), Object.values(after.from)];
  if (canonicalJson(only) === canonicalJson(other) && only.length < 2) return [];
  const names = [...new Set([...Object.keys(after.from), ...Object.keys(before.from)])];
  return names.flatMap((name) => {
    const [old, now] = [lookUp(before.from, name), lookUp(after.from, name)];
    return old === now ? [] : [change('wire', `from.${name}`, old, now)];
  });
}

function revisionChanges(before: SideStage, after: SideStage): Difference[] {
  return (after.repositories ?? []).flatMap(({ param, type, id, revision, commit }) => {
    const same = before.repositories?.find(
      (each) => each.param === param && each.type === type && each.id === id,
    );
    if (same === undefined || same.commit === commit) return [];
    return [change('data', `${id}@${revision}`, same.commit.slice(0, 12), commit.slice(0, 12))];
  });
}

function fromReason({ type, field = type, before, after, text }: Reason): Difference {
  return {
    kind: kinds[type] ?? 'parameter',
    field,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    text,
  };
}

function change(kind: Difference['kind'], field: string, before?: string, after?: string): Difference {
  return {
    kind,
    field,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    text: `${field} ${before ?? '(none)'} → ${after ?? '(none)'}`,
  };
}
