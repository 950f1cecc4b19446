import { EtudeError } from '../../util/errors.js';
import { suggest } from '../../util/suggest.js';
import type { MatrixCell, Pipeline, PipelineStage } from './pipeline.js';

/** Stages as named on the command line: ids, where the id of a matrix stage stands for all of its cells. */
export interface StagesAsked {
  /** Run these, and what they need. */
  stages?: readonly string[];
  /** The same, as an option. */
  until?: readonly string[];
  /** Compute these and their dependents even if cached. */
  from?: readonly string[];
  /** Compute these, or all, even if cached. */
  force?: true | readonly string[];
}

export interface ChosenStages {
  /** With only the chosen stages. */
  pipeline: Pipeline;
  /** Ids of the stages to compute even if they are cached. */
  force: ReadonlySet<string>;
  /** Whether these are all the stages of the recipe. */
  whole: boolean;
}

/**
 * What to run from a recipe: all of it, or the requested stages and what they need, as in make. `from` alone
 * requests the dependents of its stages.
 *
 * @throws EtudeError that names all unknown stages, and one for a stage in `from` or `force` that no
 * requested stage needs.
 */
export function chooseStages(pipeline: Pipeline, asked: StagesAsked): ChosenStages {
  const find = finder(pipeline);
  const targets = find([...(asked.stages ?? []), ...(asked.until ?? [])]);
  const starts = find(asked.from ?? []);
  const forced = asked.force === true ? pipeline.stages.map(({ id }) => id) : find(asked.force ?? []);
  find.check();

  const redone = dependents(pipeline.stages, starts);
  const wanted = targets.length > 0 ? targets : [...redone];
  const whole = wanted.length === 0;
  const chosen = whole ? new Set(pipeline.stages.map(({ id }) => id)) : needed(pipeline.stages, wanted);
  for (const [option, ids] of [
    ['--from', starts] as const,
    ['--force', asked.force === true ? [] : forced] as const,
  ])
    for (const id of ids)
      if (!chosen.has(id))
        throw new EtudeError(`${option} names '${id}', which none of the requested stages needs`, {
          expected: `one of ${[...chosen].join(', ')}`,
          where: { file: pipeline.file },
        });
  return {
    pipeline: whole ? pipeline : only(pipeline, chosen),
    force: new Set([...forced, ...redone].filter((id) => chosen.has(id))),
    whole: chosen.size === pipeline.stages.length,
  };
}

/** Looks up stages by the names that a person gives; `check` throws for unknown ones. */
function finder({ stages, file }: Pipeline) {
  const unknown = new Set<string>();
  const find = (names: readonly string[]): string[] =>
    names.flatMap(separate).flatMap((name) => {
      const found = stages.filter(({ id, variantOf }) => id === name || variantOf === name);
      if (found.length === 0) unknown.add(name);
      return found.map(({ id }) => id);
    });
  return Object.assign(find, {
    check() {
      if (unknown.size === 0) return;
      const names = [...new Set(stages.map(({ id, variantOf }) => variantOf ?? id))];
      const all = [...unknown].map((name) => `'${name}'`).join(', ');
      const near = [...unknown].flatMap((name) => suggest(name, names) ?? []);
      throw new EtudeError(`the recipe has no stage${unknown.size > 1 ? 's' : ''} ${all}`, {
        expected: `one of ${names.join(', ')}`,
        hint: near.length === 0 ? undefined : `Did you mean ${near.map((each) => `'${each}'`).join(', ')}?`,
        where: { file },
      });
    },
  });
}

/** Commas work like spaces; one inside brackets belongs to the id. */
function separate(text: string): string[] {
  return text.split(/,(?![^[]*\])/).filter((name) => name !== '');
}

/** The stages with these ids and everything that they need. Stages come after their inputs. */
function needed(stages: readonly PipelineStage[], ids: readonly string[]): Set<string> {
  const all = new Set(ids);
  for (const { id, from } of [...stages].reverse())
    if (all.has(id)) for (const input of Object.values(from)) all.add(input);
  return new Set(stages.flatMap(({ id }) => (all.has(id) ? [id] : [])));
}

/** The stages with these ids and all their dependents. */
function dependents(stages: readonly PipelineStage[], ids: readonly string[]): Set<string> {
  const all = new Set(ids);
  for (const { id, from } of stages) if (Object.values(from).some((input) => all.has(input))) all.add(id);
  return all;
}

/** A pipeline of only some stages, and of the matrix cells that these belong to. */
function only(pipeline: Pipeline, chosen: ReadonlySet<string>): Pipeline {
  const stages = pipeline.stages.filter(({ id }) => chosen.has(id));
  const variants = new Set(stages.flatMap(({ id, cell }) => (cell === undefined ? [] : [id])));
  const cells = pipeline.cells?.flatMap(({ params, stages: all }): MatrixCell[] => {
    const own = Object.entries(all).filter(([, id]) => chosen.has(id));
    return own.some(([, id]) => variants.has(id)) ? [{ params, stages: Object.fromEntries(own) }] : [];
  });
  const { cells: _, ...rest } = pipeline;
  return { ...rest, stages, ...(cells !== undefined && cells.length > 0 && { cells }) };
}
