import { describeValue, quote } from '../../schema/describe.js';
import { declaredInputs } from '../../stage/define-stage.js';
import type { StageType } from '../../stage/stage-type.js';
import type { Json } from '../../util/json.js';
import { suggest } from '../../util/suggest.js';
import type { Mistake } from './problem.js';
import type { Path, RecipeSource } from './source-positions.js';
import type { StageDraft } from './stage-draft.js';

/** An input's name of the recipe's choice. */
const CHOSEN_NAME = /^[a-z_][\w-]*$/i;

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
  const type = draft.found?.type;
  const given = wiresOf(from, type);
  const declared = type && namesOf(type, given, drafts);
  const misfit = type && misfitOf(from, type);
  if (misfit !== undefined) {
    source.add(path, declared?.length === 0 ? 'key' : 'value', {
      ...misfit,
      message: `stage type ${quote(draft.uses!)} takes ${misfit.message}`,
    });
    return;
  }
  for (const [input, id] of Object.entries(given)) {
    if (typeof id !== 'string') continue;
    const at = wirePath(draft, input);
    if (declared !== undefined && !declared.includes(input)) {
      const message = `unknown input ${quote(input)} of stage type ${quote(draft.uses!)}`;
      source.add(at, 'key', {
        message,
        expected: CHOSEN_NAME.test(input)
          ? `one of ${declared.join(', ')}`
          : 'letters, digits, - and _, not starting with a digit',
        suggestion: suggest(input, declared),
      });
    }
    if (id.includes('${{')) {
      // Reported as a reference.
      draft.wired = false;
      continue;
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

/**
 * The inputs that `from` may name. A name of the recipe's choice counts only if its stage does not produce
 * something else: then it is a misspelled one.
 */
function namesOf(
  type: StageType,
  given: Readonly<Record<string, Json>>,
  drafts: ReadonlyMap<string, StageDraft>,
): string[] {
  const kind = Object.values(type.inputs).find((input) => input.many)?.kind;
  const isChosen = (name: string) => {
    const found = drafts.get(String(given[name]))?.found?.type.output;
    return CHOSEN_NAME.test(name) && (found === undefined || found === kind);
  };
  const names = Object.keys(given).filter((name) => kind === undefined || isChosen(name));
  return Object.keys(declaredInputs(type, names));
}

/** What a stage type takes, if `from` has another form. */
function misfitOf(from: Json, { inputs, inputList }: StageType): Mistake | undefined {
  const names = Object.keys(inputs);
  const isMap = typeof from === 'object' && !Array.isArray(from);
  if (inputList !== undefined)
    return isMap ? { message: 'a list of inputs', expected: '[stage, stage, …]' } : undefined;
  if (names.length === 0) return { message: 'no input', expected: 'no `from`' };
  if (!Array.isArray(from)) return undefined;
  const expected = names.length === 1 ? 'a stage' : `a map with ${names.join(', ')}`;
  return { message: 'no list of inputs', expected, got: describeValue(from) };
}

/** What `from` names, by input; the inputs of a list are 1, 2, … */
function wiresOf(from: Json, type: StageType | undefined): Record<string, Json> {
  const first = (type && Object.keys(type.inputs)[0]) ?? '1';
  if (typeof from === 'string') return { [first]: from };
  if (!Array.isArray(from)) return from as Record<string, Json>;
  return Object.fromEntries(from.map((id, i) => [String(i + 1), id]));
}

/** Where a recipe names the stage for an input. */
export function wirePath({ id, from }: StageDraft, input: string): Path {
  const path: Path = ['stages', id, 'from'];
  if (typeof from === 'string') return path;
  return [...path, Array.isArray(from) ? Number(input) - 1 : input];
}

function checkInputs(
  draft: StageDraft,
  drafts: ReadonlyMap<string, StageDraft>,
  source: RecipeSource,
  hadProblems: boolean,
): void {
  const path: Path = ['stages', draft.id, 'from'];
  const { type } = draft.found!;
  if (type.inputList !== undefined && Object.keys(draft.inputs).length === 0 && !hadProblems)
    source.add(path, 'key', {
      message: `missing inputs of stage type ${quote(draft.uses!)}`,
      expected: `stages that produce a ${type.inputList}: [stage, stage, …]`,
    });
  for (const [input, { kind, optional }] of Object.entries(declaredInputs(type, Object.keys(draft.inputs)))) {
    const id = Object.hasOwn(draft.inputs, input) ? draft.inputs[input] : undefined;
    const name = `input ${quote(input)} of stage type ${quote(draft.uses!)}`;
    if (id === undefined) {
      if (optional !== true && !hadProblems)
        source.add(path, 'key', { message: `missing ${name}`, expected: `a stage that produces a ${kind}` });
      continue;
    }
    const given = drafts.get(id)?.found?.type.output;
    if (given === undefined || given === kind) continue;
    const at = wirePath(draft, input);
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
