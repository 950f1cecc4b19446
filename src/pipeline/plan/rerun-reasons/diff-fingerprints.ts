import { lookUp } from '../../../util/look-up.js';
import type { FingerprintParts } from '../../cache/types.js';
import type { Reason } from '../types.js';
import { diffParams } from './diff-params.js';
import { diffSources } from './diff-sources.js';

/**
 * How two fingerprints of one stage type differ, one reason per field. `from` (input name -> stage id) names
 * inputs as the recipe does. Empty when they are equal.
 */
export function diffFingerprints(
  before: FingerprintParts,
  after: FingerprintParts,
  from: Record<string, string> = {},
): Reason[] {
  const reasons = [...diffOwnParts(before, after), ...diffInputs(before.inputs, after.inputs, from)];
  const order = ['param', 'source', 'input', 'library', 'code'];
  return reasons.sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
}

/** The same without the inputs: what can be said before they are known. */
export function diffOwnParts(before: FingerprintParts, after: FingerprintParts): Reason[] {
  const reasons = [
    ...diffParams(before.params, after.params),
    ...diffSources(before.sources, after.sources),
    ...diffLibraries(before.libraries, after.libraries),
  ];
  if (before.code !== after.code) {
    reasons.push({
      type: 'code',
      field: after.uses,
      before: before.code.slice(0, 12),
      after: after.code.slice(0, 12),
      text: `code of stage type ${after.uses} changed`,
    });
  }
  return reasons;
}

function diffInputs(
  before: Record<string, string>,
  after: Record<string, string>,
  from: Record<string, string>,
): Reason[] {
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return names.flatMap((name): Reason[] => {
    const [old, now] = [lookUp(before, name), lookUp(after, name)];
    if (old === now) return [];
    const field = lookUp(from, name) ?? name;
    const verb = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
    const isShared = Object.values(from).filter((stage) => stage === field).length > 1;
    return [
      {
        type: 'input',
        field,
        before: old?.slice(0, 12),
        after: now?.slice(0, 12),
        text: `input ${isShared ? `${name} (${field})` : field} ${verb}`,
      },
    ];
  });
}

function diffLibraries(before: Record<string, string>, after: Record<string, string>): Reason[] {
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return names.flatMap((name): Reason[] => {
    const [old, now] = [lookUp(before, name), lookUp(after, name)];
    if (old === now) return [];
    if (old === undefined)
      return [{ type: 'library', field: name, after: now, text: `${name} ${now} is now needed` }];
    if (now === undefined) {
      return [{ type: 'library', field: name, before: old, text: `${name} ${old} is no longer needed` }];
    }
    return [{ type: 'library', field: name, before: old, after: now, text: `${name} ${old} → ${now}` }];
  });
}
