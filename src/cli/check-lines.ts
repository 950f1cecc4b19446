import type { Checked } from '../index.js';
import { formatDuration } from '../terminal/format.js';
import { clean, type Line, type Style, span } from '../terminal/line.js';
import { count } from '../util/words.js';

/** One checked result, with what is wrong with it. */
export function checkedLines({
  stage,
  verdict,
  passed,
  details,
  sampled,
  seconds,
  usesEngine,
}: Checked): Line[] {
  const time = formatDuration(seconds);
  const name = span(`${clean(stage)}  `);
  const how: Record<NonNullable<Checked['passed']>, [text: string, style: Style, how: string]> = {
    computed: ['equal', 'green', `computed again in ${time}`],
    sample: [
      'equal',
      'green',
      `${sampled?.chunks} of ${count(sampled?.of ?? 0, 'chunk')} computed again in ${time}`,
    ],
    close: ['within tolerance', 'yellow', `computed again in ${time}: what this machine computed is used`],
    evaluated: ['evaluated', 'yellow', `not trained again; its metrics were measured in ${time}`],
  };
  if (passed !== undefined) {
    const [text, style, words] = how[passed];
    return [[name, span(text, style), span(`  ${words}`, 'dim')]];
  }
  return [
    [name, span(verdict, 'red'), span(`  computed again in ${time}`, 'dim')],
    ...details.map((detail): Line => [span(`  ${clean(detail)}`)]),
    [span('nothing of the bundle is used: it stays in quarantine')],
    ...(usesEngine ? [ENGINE] : []),
  ];
}

const ENGINE: Line = [
  span('results of an engine may differ between machines; `etude run` computes what is missing here', 'dim'),
];

/** What a check that everything passed has proved, and what it has not. */
export function proofLines(checked: readonly Checked[]): Line[] {
  const of = (...kinds: Checked['passed'][]) => checked.filter(({ passed }) => kinds.includes(passed));
  const [whole, sampled, evaluated] = [of('computed', 'close'), of('sample'), of('evaluated')];
  const lines: Line[] = [];
  if (whole.length > 0) lines.push([span(`${count(whole.length, 'result')} computed again here: proved`)]);
  if (sampled.length > 0) {
    const most = Math.max(...sampled.map(({ sampled: part }) => part!.of));
    lines.push(
      [span(`${count(sampled.length, 'result')} taken on a sample: ${names(sampled)}`)],
      ...sampled.map((each): Line => [span(`  ${chance(each)}`, 'dim')]),
      [span(`  --sample ${most} computes all of them again`, 'dim')],
    );
  }
  if (evaluated.length > 0) {
    lines.push(
      [span(`${count(evaluated.length, 'model')} taken without training again: ${names(evaluated)}`)],
      [span('  proved: the metrics are those of these weights, on this data', 'dim')],
      [span('  not proved: that they were trained as the recipe says', 'dim')],
    );
  }
  return lines;
}

function names(checked: readonly Checked[]): string {
  return checked.map(({ stage }) => clean(stage)).join(', ');
}

/** The odds of a lie, which its teller can choose: in one chunk, or in half of them. */
function chance({ stage, sampled }: Checked): string {
  const { chunks, of } = sampled!;
  const found = (wrong: number) => {
    let missed = 1;
    for (let i = 0; i < chunks; i++) missed *= Math.max(0, of - wrong - i) / (of - i);
    const share = Math.floor((1 - missed) * 100);
    return `${share} %`;
  };
  return `${clean(stage)}: one wrong chunk of ${of} would be found with a chance of ${found(1)}, wrong ones in half of them with ${found(Math.ceil(of / 2))}`;
}
