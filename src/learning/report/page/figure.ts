import { type Content, type Html, html } from './html.js';

/** A column of a table. Numbers are set flush right. */
export interface Column {
  title: Content;
  numeric?: boolean;
}

/**
 * A table that scrolls sideways, by keyboard too, where the screen is narrow. The first cell names its row.
 */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Content[])[],
): Html {
  const kind = (i: number) => (columns[i]?.numeric ? 'number' : 'text');
  const head = columns.map(({ title }, i) => html`<th scope="col" class="${kind(i)}">${title}</th>`);
  const body = rows.map(
    ([first, ...cells]) =>
      html`<tr><th scope="row" class="${kind(0)}">${first}</th>${cells.map(
        (cell, i) => html`<td class="${kind(i + 1)}">${cell}</td>`,
      )}</tr>\n`,
  );
  return html`<div class="scroll" role="group" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>\n`;
}

/** A picture with its caption, a legend, and the same numbers as a table. */
export function figure(parts: {
  caption: string;
  picture: Html;
  legend?: readonly { name: string; color: number }[];
  note?: Content;
  numbers?: Html;
}): Html {
  const { caption, picture, legend = [], note, numbers } = parts;
  const keys = legend.map(({ name, color }) => html`<li class="key s${color}">${name}</li>`);
  return html`<figure>
<figcaption>${caption}</figcaption>
${keys.length > 0 ? html`<ul class="legend">${keys}</ul>` : undefined}
${picture}
${note === undefined ? undefined : html`<p class="note">${note}</p>`}
${numbers === undefined ? undefined : html`<details><summary>Numbers</summary>${numbers}</details>`}
</figure>\n`;
}
