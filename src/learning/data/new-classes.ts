import type { OutlineProblem } from '../../stage/stage-type.js';
import { suggest } from '../../util/suggest.js';
import type { Report } from './name-problems.js';

/** What is to become of classes; see `schemas/stages/relabel.schema.json`. */
export interface ClassChanges {
  classes?: Readonly<Record<string, string | readonly string[]>>;
  drop?: readonly string[];
  others: 'keep' | 'drop';
  names?: readonly string[];
}

/** The new classes, and by old class its new number: null if it is dropped. */
export interface NewClasses {
  names: string[];
  ids: (number | null)[];
}

type Path = OutlineProblem['param'];

/**
 * The classes after they are merged, renamed, dropped or reordered. Each is in the place of the first old
 * class that becomes it, unless `names` has another order. Reports unknown classes, and those named twice.
 */
export function newClasses(old: readonly string[], changes: ClassChanges, report: Report): NewClasses {
  if (changes.classes === undefined && changes.drop === undefined && changes.names === undefined)
    report({
      param: [],
      message: 'nothing says which classes to change',
      expected: 'classes, drop or names',
    });
  const becomes = new Map<string, string | null>();
  const name = (from: string, to: string | null, param: Path) => {
    if (!old.includes(from)) report(unknownClass(old, from, param));
    else if (becomes.has(from))
      report({ param, message: `class '${from}' is named twice`, expected: 'each class at most once' });
    else becomes.set(from, to);
  };
  for (const [to, from] of Object.entries(changes.classes ?? {})) {
    if (typeof from === 'string') name(from, to, ['classes', to]);
    else for (const [i, each] of from.entries()) name(each, to, ['classes', to, i]);
  }
  for (const [i, from] of (changes.drop ?? []).entries()) name(from, null, ['drop', i]);
  const targets = old.map((each) => {
    const to = becomes.get(each);
    return to === undefined && changes.others === 'keep' ? each : (to ?? null);
  });
  const found = [...new Set(targets.filter((to) => to !== null))];
  if (found.length === 0)
    report({
      param: changes.drop === undefined ? ['others'] : ['drop'],
      message: 'no class would be left',
      expected: 'at least one that is not dropped',
    });
  const names = changes.names === undefined ? found : ordered(found, changes.names, report);
  return { names, ids: targets.map((to) => (to === null ? null : names.indexOf(to))) };
}

/** The classes in the order asked for; reports those missing there, and those that there are not. */
function ordered(found: readonly string[], order: readonly string[], report: Report): string[] {
  for (const [i, name] of order.entries())
    if (!found.includes(name)) report(unknownClass(found, name, ['names', i], ' after this stage'));
  const missing = found.filter((name) => !order.includes(name));
  if (missing.length > 0)
    report({
      param: ['names'],
      message: 'names does not list every class',
      expected: `${missing.join(', ')} as well`,
    });
  return [...order];
}

function unknownClass(names: readonly string[], name: string, param: Path, when = ''): OutlineProblem {
  const suggestion = suggest(name, names);
  return {
    param,
    message: `there is no class '${name}'${when}`,
    expected: `one of ${names.join(', ')}`,
    suggestion,
  };
}
