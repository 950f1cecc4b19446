import type { Outline, OutlineProblem, Place } from '../../stage/stage-type.js';
import { cloneJson } from '../../util/clone-json.js';
import { EtudeError, formatWhere, messageOf } from '../../util/errors.js';
import type { Path, RecipeSource } from './source-positions.js';
import type { StageDraft } from './stage-draft.js';
import { wirePath } from './wiring.js';

/** What stage types report before anything runs. */
export interface Outlines {
  /** By stage. */
  outlines: Map<string, Outline>;
  /** Not mistakes, but worth knowing, by stage. */
  warnings: Map<string, string[]>;
}

/**
 * Asks each stage type what its output will look like, upstream first; problems that it finds are added to
 * `source`.
 */
export async function outlineStages(
  ordered: readonly StageDraft[],
  source: RecipeSource,
  place: Place,
): Promise<Outlines> {
  const warnings = new Map<string, string[]>();
  const outlines = new Map<string, Outline>();
  for (const draft of ordered) {
    const type = draft.found?.type;
    if (type?.outline === undefined || draft.with === undefined || !draft.wired) continue;
    const inputs = Object.fromEntries(
      Object.entries(draft.inputs).map(([input, id]) => [input, outlines.get(id)]),
    );
    const before = source.problems.length;
    try {
      const problem = (found: OutlineProblem) => addProblem(draft, found, source);
      const warn = (text: string) => void warnings.set(draft.id, [...(warnings.get(draft.id) ?? []), text]);
      const outline = await type.outline({
        params: cloneJson(draft.with),
        inputs,
        place,
        problem,
        warn,
      });
      if (outline !== undefined && source.problems.length === before) outlines.set(draft.id, outline);
    } catch (error) {
      source.add(['stages', draft.written, 'with'], 'key', problemOf(error));
    }
  }
  return { outlines, warnings };
}

/** An error thrown by an outline; the parts of an EtudeError keep their lines. */
function problemOf(error: unknown): Pick<OutlineProblem, 'message' | 'expected' | 'got' | 'hint'> {
  if (!(error instanceof EtudeError)) return { message: messageOf(error) };
  const { message, expected, got, where, hint } = error;
  return { message: `${formatWhere(where)}${message}`, expected, got, hint };
}

function addProblem(draft: StageDraft, found: OutlineProblem, source: RecipeSource): void {
  const { param, input, ...mistake } = found;
  const wire = input === undefined ? undefined : wirePath({ ...draft, id: draft.written }, input);
  const path: Path = wire ?? ['stages', draft.written, 'with', ...param];
  const origin = draft.references.originOf(path);
  const got =
    mistake.got !== undefined && origin !== undefined ? `${mistake.got} from ${origin}` : mistake.got;
  const { message, expected, suggestion, hint } = mistake;
  const shown = { message, expected, got, suggestion, hint };
  const value = mistake.span && valueAt(draft, param);
  if (typeof value === 'string') source.addSpan(path, value, mistake.span!, shown);
  else source.add(path, wire === undefined && speaksOfKey(draft, found) ? 'key' : 'value', shown);
}

function valueAt(draft: StageDraft, param: OutlineProblem['param']): unknown {
  let value: unknown = draft.with;
  for (const part of param) value = (value as Record<string | number, unknown> | undefined)?.[part];
  return value;
}

/**
 * A problem with an entry of a map (`columns: { old: new }`) may be in its key: then the message quotes that.
 */
function speaksOfKey(draft: StageDraft, { param, message }: OutlineProblem): boolean {
  const last = param.at(-1);
  if (param.length < 2 || typeof last !== 'string') return false;
  return message.includes(`'${last}'`) && !message.includes(`'${String(valueAt(draft, param))}'`);
}
