import type { ClipFacts } from '../../data/clip-facts.js';
import { QUIET } from '../../data/clip-facts.js';
import type { DataOnPage, DataSplit } from '../../data/read-data.js';
import { type RowOf, repeatsIn } from '../../data/repeats.js';
import { table } from '../../page/figure.js';
import { type Content, type Html, html } from '../../page/html.js';
import type { RunOnPage } from '../../section.js';

/** Samples at full scale in a row that are heard as distortion. */
const CLIPPED = 3;
const SHORT_SECONDS = 0.1;
/** Rows that are named. */
const MOST_NAMED = 3;

const quiet = String(QUIET).replace('-', '\u2212');

/** What may be wrong with a clip. */
const FAULTS: readonly { title: string; is(clip: ClipFacts): boolean }[] = [
  {
    title: `clipped: ${CLIPPED} or more samples in a row at full scale`,
    is: ({ clipped }) => clipped >= CLIPPED,
  },
  { title: `silent: nothing above ${quiet} dB`, is: ({ peak }) => peak < 10 ** (QUIET / 20) },
  {
    title: `mostly silence: more than half of it below ${quiet} dB`,
    is: ({ quiet: share, peak }) => share > 0.5 && peak >= 10 ** (QUIET / 20),
  },
  { title: `short: less than ${SHORT_SECONDS} s`, is: ({ duration }) => duration < SHORT_SECONDS },
];

/** Clips that are worth a look, by what may be wrong with them. */
export async function faultsPart(run: RunOnPage, shown: DataOnPage): Promise<Html | undefined> {
  if (shown.source === undefined) return undefined;
  const rows: Content[][] = [];
  const add = async (title: string, is: (clip: NonNullable<DataSplit['clips']>[number]) => boolean) => {
    const found = shown.splits.map(({ name, clips = [] }) =>
      clips.flatMap((clip, row): RowOf | [] => (is(clip) ? { split: name, row } : [])),
    );
    const all = found.flat();
    if (all.length === 0) return;
    const named: Content[] = [];
    for (const place of all.slice(0, MOST_NAMED))
      named.push(html`${named.length > 0 ? ', ' : ''}<bdi>${await nameOf(run, shown, place)}</bdi>`);
    rows.push([
      title,
      ...found.map((own) => own.length),
      html`${named}${all.length > MOST_NAMED ? ', …' : ''}`,
    ]);
  };
  for (const { title, is } of FAULTS) await add(title, (clip) => Boolean(clip) && is(clip as ClipFacts));
  await add('broken: cannot be decoded', (clip) => clip === false);
  await add('missing', (clip) => clip === null);
  if (rows.length === 0)
    return html`<p class="note">No clip is clipped, silent, very short, broken or missing.</p>`;
  const columns = [
    { title: 'Clips that are' },
    ...shown.splits.map(({ name }) => ({ title: html`<bdi>${name}</bdi>`, numeric: true })),
    { title: 'Such as' },
  ];
  return html`<h4>Worth a look</h4>\n${table('Clips that may be faulty', columns, rows)}`;
}

async function nameOf(run: RunOnPage, { source }: DataOnPage, { split, row }: RowOf): Promise<string> {
  const name = await run.shelf.nameOf({ source: source!, split, row });
  return `${name ?? split} (row ${row})`;
}

/** Clips that occur more than once. */
export function repeatsPart({ splits, source }: DataOnPage): Html | undefined {
  if (source === undefined) return undefined;
  const found = repeatsIn(splits);
  if (found.length === 0)
    return html`<p class="note">No two clips are equal. Clips that only sound alike are found by the stage type <code>split</code>, whose warnings are below, if there are any.</p>`;
  const rows = found.map(({ splits: [later, earlier], clips, otherClass, examples }) => [
    later === earlier
      ? html`<bdi>${later}</bdi>, twice or more`
      : html`<bdi>${later}</bdi>, also in <bdi>${earlier}</bdi>`,
    clips,
    otherClass,
    examples.map(([one, other]) => `${one.row} = ${other.row}`).join(', '),
  ]);
  const columns = [
    { title: 'Clips of' },
    { title: 'Clips', numeric: true },
    { title: 'With another class', numeric: true },
    { title: 'Rows, such as' },
  ];
  return html`<h4>Duplicates</h4>\n${table('Clips with the same content', columns, rows)}
<p class="note">Equal bytes, or equal samples. A model scores too well on clips that it was trained on.</p>`;
}
