import { table } from '../page/figure.js';
import { type Html, html } from '../page/html.js';
import type { ReportedStage, Section } from '../section.js';

const LOCK = { same: 'as locked', different: 'differs' };

/** Where it comes from: graph, recipe, digests, versions, machine, and how to compute it again. */
export const provenance: Section = {
  id: 'provenance',
  title: 'Provenance',
  async make({ provenance }) {
    if (provenance === undefined) return undefined;
    const { facts, commands, stages, recipe, graph } = provenance;
    const lines = facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>\n`);
    const body = html`<dl class="facts">${lines}</dl>
${commands.length > 0 ? html`<h4>Compute it again</h4><pre tabindex="0"><code>${commands.join('\n')}</code></pre>` : undefined}
${graph === undefined ? undefined : graphPart(graph, stages)}
${digestsPart(stages)}
<details><summary>Resolved recipe</summary><pre tabindex="0"><code>${recipe}</code></pre></details>`;
    return { body };
  },
};

/** As an image: its styles stay in it, and nothing in it can run. */
function graphPart(svg: string, stages: readonly ReportedStage[]): Html {
  const text = `The graph of the stages ${stages.map(({ id }) => id).join(', ')}`;
  const data = Buffer.from(svg).toString('base64');
  return html`<figure class="graph"><figcaption>Stages</figcaption>
<div class="scroll" role="group" aria-label="The graph of the stages" tabindex="0"><img alt="${text}" src="data:image/svg+xml;base64,${data}"></div></figure>`;
}

function digestsPart(stages: readonly ReportedStage[]): Html | undefined {
  if (stages.length === 0) return undefined;
  const rows = stages.map(({ id, fingerprint, digest, lock }) => [
    id,
    digestCell(fingerprint),
    digestCell(digest),
    lock === undefined ? '–' : LOCK[lock],
  ]);
  const columns = ['Stage', 'Fingerprint', 'SHA-256 of the result', 'Lock file'].map((title) => ({ title }));
  return html`<details><summary>Digests</summary>${table('Digests', columns, rows)}</details>`;
}

function digestCell(digest: string | undefined): Html | string {
  return digest === undefined ? '–' : html`<code class="digest">${digest}</code>`;
}
