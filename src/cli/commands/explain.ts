import { relative } from 'node:path';
import { type Explanation, explainStage } from '../../plan/explain.js';
import { clean, fitLine, fold, type Line, type Style, span } from '../../ui/line.js';
import { findStage, openCacheFor, openRecipe, type RecipeOptions } from '../open-recipe.js';
import { outputWidth, printJson, printLines } from '../print.js';
import { resolveEngine } from '../resolve-engine.js';

/** `etude explain RECIPE STAGE`: what the stage's fingerprint is made of, and how it differs from past ones. */
export async function explain(
  recipe: string,
  id: string,
  options: RecipeOptions & { json?: boolean },
): Promise<void> {
  const pipeline = await openRecipe(recipe, options);
  await findStage(pipeline, id);
  const cache = await openCacheFor(pipeline, options);
  const { id: engineId } = await resolveEngine(options.engine);
  const explanation = await explainStage(id, { pipeline, cache, engineId });
  await cache.flush();
  if (options.json) printJson(toJson(explanation));
  else printLines(explanationLines(explanation, outputWidth()));
}

function toJson({ planned, parts, fingerprint, code, nearest }: Explanation): unknown {
  const { id, uses } = planned.stage;
  return {
    id,
    uses,
    status: planned.type,
    because: planned.type === 'hit' ? [] : planned.because,
    fingerprint,
    parts,
    code,
    nearest: nearest.map(({ entry, because }) => ({
      fingerprint: entry.fingerprint,
      created: entry.created,
      pipeline: entry.pipeline,
      stage: entry.stage,
      because,
    })),
  };
}

const statusStyle: Record<string, Style> = { hit: 'green', run: 'yellow', blocked: 'red' };

function explanationLines(
  { planned, parts, fingerprint, code, nearest }: Explanation,
  width: number,
): Line[] {
  const { id, uses } = planned.stage;
  const lines: Line[] = [
    [
      span(clean(id), 'bold'),
      span('  '),
      span(clean(uses), 'dim'),
      span('  '),
      span(planned.type, statusStyle[planned.type]),
    ],
  ];
  if (planned.type !== 'hit') {
    for (const { text } of planned.because) lines.push([span('  because ', 'dim'), span(clean(text))]);
  }
  if (planned.type === 'blocked') {
    lines.push(...planned.error.split('\n').flatMap((line) => indented(line, width)));
  }
  const known = fingerprint ?? 'not known yet: an input will change';
  lines.push([], [span('fingerprint  ', 'bold'), span(known)]);
  if (parts !== undefined) {
    for (const section of ['params', 'sources', 'inputs', 'libraries'] as const) {
      lines.push(...sectionLines(section, parts[section], width));
    }
    const files = code.files.map((file) => relative('', file));
    lines.push([
      span('  code'.padEnd(13), 'dim'),
      span(`${parts.code.slice(0, 12)} of ${files.length} files`),
    ]);
    for (const file of [...files, ...code.packages])
      lines.push([span(' '.repeat(13)), span(clean(file), 'dim')]);
  }
  lines.push(
    [],
    [
      span(
        nearest.length === 0 ? 'no past results to compare with' : 'past results, the nearest first',
        'bold',
      ),
    ],
  );
  for (const { entry, because } of nearest) {
    const name = `${entry.fingerprint.slice(0, 12)}  ${entry.created.slice(0, 16).replace('T', ' ')}`;
    lines.push([span(`  ${name}  `), span(clean(`${entry.pipeline} · ${entry.stage}`), 'dim')]);
    for (const { text } of because) lines.push(...indented(text, width, 4));
  }
  return lines.map((line) => fitLine(line, width));
}

/** The parts of one kind, a line each: `learning_rate: 0.00003`. */
function sectionLines(title: string, values: Record<string, unknown>, width: number): Line[] {
  const entries = Object.entries(values);
  return entries.flatMap(([name, value], i) => {
    const text = `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`;
    const folded = fold(clean(text), width - 13);
    return folded.map(
      (part, j): Line => [span((i + j === 0 ? `  ${title}` : '').padEnd(13), 'dim'), span(part)],
    );
  });
}

function indented(text: string, width: number, indent = 2): Line[] {
  return fold(clean(text), width - indent).map((part) => [span(' '.repeat(indent)), span(part)]);
}
