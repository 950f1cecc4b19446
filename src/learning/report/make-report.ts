import { audioRoom, DEFAULT_AUDIO } from './clips/room.js';
import { ClipShelf } from './clips/shelf.js';
import { comparison } from './comparison.js';
import { readEvaluation } from './evaluation.js';
import { type Html, html } from './page/html.js';
import { pageOf } from './page/page.js';
import type { ReportedRun, RunOnPage, Section, SectionContent } from './section.js';
import { SECTIONS } from './sections/index.js';

export interface ReportOptions {
  title: string;
  /** How much of the file sounds may take, over all runs: `8MB`, the default, or `none`. */
  audio?: string;
  /** Default: all. */
  sections?: readonly Section[];
}

/**
 * A report of one run, or of several side by side, as one HTML file. The same artifacts give the same file.
 *
 * @param runs At least one.
 */
export async function makeReport(
  runs: readonly ReportedRun[],
  { title, audio = DEFAULT_AUDIO, sections = SECTIONS }: ReportOptions,
): Promise<string> {
  const room = audioRoom(audio) / runs.length;
  const data: Record<string, unknown> = {};
  const scripts = new Set<string>();
  const parts: Html[] = [];
  const links: Html[] = [];
  for (const [i, run] of runs.entries()) {
    const contents = await contentsOf(await onPage(run, `run-${i}`, room), sections, `run-${i}`);
    const made: { section: Section; body: Html }[] = [];
    for (const section of sections) {
      const id = `run-${i}-${section.id}`;
      const content = contents.get(section);
      if (content === undefined) continue;
      made.push({ section, body: html`${content.before?.()}${content.body}` });
      if (content.data !== undefined) data[`${id}-data`] = content.data;
      if (content.script !== undefined) scripts.add(content.script);
    }
    parts.push(runPart(run, i, made));
    links.push(linksOf(run, i, made, runs.length > 1));
  }
  const body = html`<a class="skip" href="#main">Skip to the report</a>
<header><p class="brand">etude report</p><h1><bdi>${title}</bdi></h1></header>
<nav aria-label="Sections"><ul>${runs.length > 1 ? html`<li><a href="#comparison">Comparison</a></li>` : undefined}${links}</ul></nav>
<main id="main" tabindex="-1">
${runs.length > 1 ? comparison(runs) : undefined}
${parts}</main>
<footer><p>Made by Etude from cached results; nothing was computed again, and nothing is loaded from anywhere.</p></footer>`;
  return pageOf({ title: `${title} · etude report`, body, data, scripts: [...scripts] });
}

async function onPage(run: ReportedRun, id: string, room: number): Promise<RunOnPage> {
  const splits = [];
  for (const evaluation of run.evaluations) splits.push(...(await readEvaluation(evaluation, run.objects)));
  const shelf = new ClipShelf(run.objects, room, `${id}-clip-`);
  const hasSound = splits.some(
    ({ stage, split, numRows }) =>
      shelf.placeOf(run.clipsOf?.(stage), { split, row: 0, numRows }) !== undefined,
  );
  return { ...run, splits, shelf, hasSound };
}

/** What the sections say, made in the order in which they choose clips. */
async function contentsOf(
  run: RunOnPage,
  sections: readonly Section[],
  id: string,
): Promise<Map<Section, SectionContent | undefined>> {
  const contents = new Map<Section, SectionContent | undefined>();
  for (const section of [...sections].sort((a, b) => (a.rank ?? 9) - (b.rank ?? 9)))
    contents.set(section, await section.make(run, `${id}-${section.id}-`));
  return contents;
}

function runPart(run: ReportedRun, i: number, made: readonly { section: Section; body: Html }[]): Html {
  const sections = made.map(
    ({
      section,
      body,
    }) => html`<section id="run-${i}-${section.id}" aria-labelledby="run-${i}-${section.id}-title">
<h3 id="run-${i}-${section.id}-title">${section.title}</h3>
${body}</section>\n`,
  );
  const empty = html`<p class="note">None of its results is in the cache.</p>`;
  return html`<article id="run-${i}" aria-labelledby="run-${i}-title"><h2 id="run-${i}-title" class="run"><bdi>${run.name}</bdi></h2>
${made.length === 0 ? empty : sections}</article>\n`;
}

function linksOf(
  run: ReportedRun,
  i: number,
  made: readonly { section: Section }[],
  isOneOfSeveral: boolean,
): Html {
  if (isOneOfSeveral) return html`<li><a href="#run-${i}"><bdi>${run.name}</bdi></a></li>`;
  return html`${made.map(({ section }) => html`<li><a href="#run-${i}-${section.id}">${section.title}</a></li>`)}`;
}
