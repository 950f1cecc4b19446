import { quote } from '../../schema/describe.js';
import type { Json } from '../../util/json.js';
import { suggest } from '../../util/suggest.js';
import type { Path, RecipeSource } from './source-positions.js';
import type { StageDraft } from './stage-draft.js';

/**
 * Connects `from` of every stage: stage ids, input names, kinds. Fills `inputs` and `wired` of the drafts.
 */
export function wireStages(drafts: ReadonlyMap<string, StageDraft>, source: RecipeSource): void {
  for (const draft of drafts.values()) {
    if (!draft.wired) continue;
    const before = source.problems.length;
    if (draft.from !== undefined) wireInputs(draft, draft.from, drafts, source);
    if (draft.found !== undefined && draft.wired)
      checkInputs(draft, drafts, source, source.problems.length > before);
    draft.wired &&= source.problems.length === before;
  }
}

function wireInputs(
  draft: StageDraft,
  from: Json,
  drafts: ReadonlyMap<string, StageDraft>,
  source: RecipeSource,
): void {
  const path: Path = ['stages', draft.id, 'from'];
  const declared = draft.found && Object.keys(draft.found.type.inputs);
  if (declared?.length === 0) {
    source.add(path, 'key', {
      message: `stage type ${quote(draft.uses!)} takes no input`,
      expected: 'no `from`',
    });
    return;
  }
  const wires: [input: string, id: Json, path: Path][] =
    typeof from === 'string'
      ? [[declared?.[0] ?? '', from, path]]
      : Object.entries(from as Record<string, Json>).map(([input, id]) => [input, id, [...path, input]]);
  for (const [input, id, at] of wires) {
    if (typeof id !== 'string') continue;
    if (declared !== undefined && !declared.includes(input)) {
      const message = `unknown input ${quote(input)} of stage type ${quote(draft.uses!)}`;
      source.add(at, 'key', {
        message,
        expected: `one of ${declared.join(', ')}`,
        suggestion: suggest(input, declared),
      });
    }
    if (!drafts.has(id)) {
      const ids = [...drafts.keys()].filter((other) => other !== draft.id);
      source.add(at, 'value', {
        message: `unknown stage ${quote(id)}`,
        expected: listOf(ids),
        suggestion: suggest(id, ids),
      });
      // Wrongly connected is not missing.
      draft.wired = false;
      continue;
    }
    draft.inputs[input] = id;
  }
}

function checkInputs(
  draft: StageDraft,
  drafts: ReadonlyMap<string, StageDraft>,
  source: RecipeSource,
  hadProblems: boolean,
): void {
  const path: Path = ['stages', draft.id, 'from'];
  for (const [input, { kind, optional }] of Object.entries(draft.found!.type.inputs)) {
    const id = Object.hasOwn(draft.inputs, input) ? draft.inputs[input] : undefined;
    const name = `input ${quote(input)} of stage type ${quote(draft.uses!)}`;
    if (id === undefined) {
      if (optional !== true && !hadProblems)
        source.add(path, 'key', { message: `missing ${name}`, expected: `a stage that produces a ${kind}` });
      continue;
    }
    const given = drafts.get(id)?.found?.type.output;
    if (given === undefined || given === kind) continue;
    const at = typeof draft.from === 'string' ? path : [...path, input];
    const fitting = [...drafts.values()].filter(
      (other) => other.id !== draft.id && other.found?.type.output === kind,
    );
    source.add(at, 'value', {
      message: `wrong kind for ${name}`,
      expected: kind,
      got: `${given} from stage ${quote(id)}`,
      suggestion: fitting.length === 1 ? fitting[0]!.id : undefined,
    });
  }
}

function listOf(ids: string[]): string | undefined {
  return ids.length === 0 || ids.length > 12 ? undefined : `one of ${ids.join(', ')}`;
}
