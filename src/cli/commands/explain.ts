import type { Explanation, Provenance } from '../../index.js';
import { clean, fitLine, fold, type Line, type Style, span } from '../../terminal/line.js';
import { shownFrom } from '../../util/points-outside.js';
import { count } from '../../util/words.js';
import { namedStage } from '../named-stage.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { outputWidth, printJson, printLines, proseWidth } from '../print.js';

/**
 * `etude explain RECIPE STAGE`: what the stage's fingerprint consists of, and how it differs from past ones.
 */
export async function explain(
  recipe: string,
  stage: string | undefined,
  options: RecipeOptions & { json?: boolean },
): Promise<void> {
  const opened = await openRecipe(recipe, options);
  const explanation = await opened.explain(namedStage(opened, stage));
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
    provenance: planned.type === 'hit' ? planned.entry.provenance : undefined,
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

/** The column of the parts' values. */
const INDENT = 13;
/** The most code files that are listed. */
const MOST_FILES = 8;

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
  if (planned.type === 'hit' && planned.entry.provenance !== undefined)
    lines.push(provenanceLine(planned.entry.provenance));
  const known = fingerprint ?? 'not known yet: an input will change';
  lines.push([], [span('fingerprint  ', 'bold'), span(known)]);
  if (parts !== undefined) {
    for (const section of ['params', 'sources', 'inputs', 'libraries'] as const) {
      lines.push(...sectionLines(section, parts[section], proseWidth(width)));
    }
    lines.push(...codeLines(parts.code, code));
  }
  lines.push(
    [],
    [span(nearest.length === 0 ? 'no past results to compare with' : 'past results, closest first', 'bold')],
  );
  for (const { entry, because } of nearest) {
    const name = `${entry.fingerprint.slice(0, 12)}  ${entry.created.slice(0, 16).replace('T', ' ')}`;
    lines.push([span(`  ${name}  `), span(clean(`${entry.pipeline} · ${entry.stage}`), 'dim')]);
    for (const { text } of because) lines.push(...indented(text, width, 4));
  }
  return lines.map((line) => fitLine(line, width));
}

/** Where a result came from that was not computed here, and whose signatures were recorded. */
function provenanceLine({ type, name, signatures = [] }: Provenance): Line {
  const signers = signatures.map(({ key }) => key).join(', ');
  const signed = signers === '' ? 'not signed by a key that was trusted' : `signed by ${signers}`;
  return [span('  from ', 'dim'), span(clean(`${type === 'bundle' ? 'bundle ' : ''}${name}, ${signed}`))];
}

/** The parts of one kind, one per line: `learning_rate: 0.00003`. */
function sectionLines(title: string, values: Record<string, unknown>, width: number): Line[] {
  const texts = Object.entries(values).flatMap(([name, value]) => {
    if (title !== 'sources' || !Array.isArray(value)) {
      return [`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`];
    }
    // Pairs of a file's name and its digest.
    return value.map(
      (file) =>
        `${name}: ${Array.isArray(file) ? `${file[0]} ${String(file[1]).slice(0, 12)}` : JSON.stringify(file)}`,
    );
  });
  return texts.flatMap((text, i) =>
    fold(clean(text), width - INDENT).map(
      (part, j): Line => [span((i + j === 0 ? `  ${title}` : '').padEnd(INDENT), 'dim'), span(part)],
    ),
  );
}

function codeLines(digest: string, code: Explanation['code']): Line[] {
  const names = [...code.files.map((path) => shownFrom(process.cwd(), path)), ...code.packages];
  const shown = names.length > MOST_FILES ? names.slice(0, MOST_FILES - 1) : names;
  const more = names.length - shown.length;
  const head = `${digest.slice(0, 12)}: ${count(code.files.length, 'file')}, ${count(code.packages.length, 'package')}`;
  return [
    [span('  code'.padEnd(INDENT), 'dim'), span(head)],
    ...shown.map((name): Line => [span(' '.repeat(INDENT)), span(clean(name), 'dim')]),
    ...(more > 0 ? [[span(' '.repeat(INDENT)), span(`… ${more} more (--json lists all)`, 'dim')]] : []),
  ] as Line[];
}

function indented(text: string, width: number, indent = 2): Line[] {
  return fold(clean(text), width - indent).map((part) => [span(' '.repeat(indent)), span(part)]);
}
