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
    computed: ['equal', 'green', `recomputed in ${time}`],
    sample: [
      'equal',
      'green',
      `${sampled?.chunks} of ${count(sampled?.of ?? 0, 'chunk')} recomputed in ${time}`,
    ],
    close: ['within tolerance', 'yellow', `recomputed in ${time}: this machine's own result is used`],
    evaluated: ['evaluated', 'yellow', `not retrained; its metrics were measured in ${time}`],
  };
  if (passed !== undefined) {
    const [text, style, words] = how[passed];
    return [[name, span(text, style), span(`  ${words}`, 'dim')]];
  }
  return [
    [name, span(verdict, 'red'), span(`  recomputed in ${time}`, 'dim')],
    ...details.map((detail): Line => [span(`  ${clean(detail)}`)]),
    [span('nothing from the bundle is used: it stays in quarantine')],
    ...(usesEngine ? [ENGINE] : []),
  ];
}

const ENGINE: Line = [
  span("an engine's results can differ between machines; `etude run` computes what is missing here", 'dim'),
];

/** What a check that everything passed has proved, and what it has not. */
export function proofLines(checked: readonly Checked[]): Line[] {
  const of = (...kinds: Checked['passed'][]) => checked.filter(({ passed }) => kinds.includes(passed));
  const [whole, sampled, evaluated] = [of('computed', 'close'), of('sample'), of('evaluated')];
  const lines: Line[] = [];
  if (whole.length > 0) lines.push([span(`${count(whole.length, 'result')} recomputed here: proved`)]);
  if (sampled.length > 0) {
    const most = Math.max(...sampled.map(({ sampled: part }) => part!.of));
    lines.push(
      [span(`${count(sampled.length, 'result')} accepted on a sample: ${names(sampled)}`)],
      ...sampled.map((each): Line => [span(`  ${chance(each)}`, 'dim')]),
      [span(`  --sample ${most} recomputes all of them`, 'dim')],
    );
  }
  if (evaluated.length > 0) {
    lines.push(
      [span(`${count(evaluated.length, 'model')} accepted without retraining: ${names(evaluated)}`)],
      [span('  proved: these weights have these metrics on this data', 'dim')],
      [span('  not proved: that they were trained as the recipe says', 'dim')],
    );
  }
  return lines;
}

function names(checked: readonly Checked[]): string {
  return checked.map(({ stage }) => clean(stage)).join(', ');
}

/** The odds of detecting a lie, whose extent the liar can choose: in one chunk, or in half of them. */
function chance({ stage, sampled }: Checked): string {
  const { chunks, of } = sampled!;
  const found = (wrong: number) => {
    let missed = 1;
    for (let i = 0; i < chunks; i++) missed *= Math.max(0, of - wrong - i) / (of - i);
    const share = Math.floor((1 - missed) * 100);
    return `${share} %`;
  };
  return `${clean(stage)}: the chance of finding 1 wrong chunk of ${of} was ${found(1)}; with half of them wrong, ${found(Math.ceil(of / 2))}`;
}
