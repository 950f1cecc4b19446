import type { Receipt, StageReceipt } from '../index.js';
import { formatNumber } from '../terminal/format.js';
import { clean, fold, type Line, type Style, span } from '../terminal/line.js';
import { type Cell, table } from '../terminal/table.js';
import { count } from '../util/words.js';

const words: Record<StageReceipt['verdict'], { text: string; style: Style }> = {
  'byte-equal': { text: 'byte-equal', style: 'green' },
  'within-tolerance': { text: 'within tolerance', style: 'yellow' },
  different: { text: 'different', style: 'red' },
  failed: { text: 'failed', style: 'red' },
  'not-run': { text: 'not run', style: 'dim' },
};

/** A reproduction's receipt for people: a line per stage, then the verdict. */
export function receiptLines(receipt: Receipt, width: number): Line[] {
  const rows = receipt.stages.map((stage): Cell[] => [
    { text: clean(stage.stage), style: 'bold' },
    { text: clean(stage.uses), style: 'dim' },
    words[stage.verdict],
    { text: clean(detail(stage)) },
  ]);
  const columns = [{ title: 'stage' }, { title: '' }, { title: 'verdict' }, { title: '', flexible: true }];
  const lines = [[], ...table(columns, rows, width, 2), []] as Line[];
  const { text, style } = summary(receipt);
  const parts = Number.isFinite(width) ? fold(clean(text), width) : [clean(text)];
  lines.push(...parts.map((part): Line => [span(part, style)]));
  return lines;
}

function detail({
  verdict,
  furthest,
  max_abs_weight_difference: weight,
  differs,
  because,
}: StageReceipt): string {
  const reasons = because.map(({ text }) => text);
  if (verdict === 'byte-equal') return reasons.length === 0 ? '' : `although ${reasons.join(', ')}`;
  const far =
    furthest && verdict === 'within-tolerance'
      ? [
          `${furthest.metric} off by ${formatNumber(furthest.off)} (tolerance ${formatNumber(furthest.tolerance)})`,
        ]
      : [];
  const weights = weight === undefined ? [] : [`weights off by at most ${formatNumber(weight)}`];
  const what = verdict === 'different' || verdict === 'failed' ? differs.slice(0, 2) : [];
  return [...far, ...weights, ...what, ...reasons.map((text) => `because ${text}`)].join('; ');
}

function summary({ verdict, first, stages }: Receipt): { text: string; style: Style } {
  if (verdict === 'byte-equal')
    return {
      text: `✔ reproduced: ${stages.length === 1 ? 'the stage is' : `all ${stages.length} stages are`} byte-equal`,
      style: 'green',
    };
  const equal = stages.filter((stage) => stage.verdict === 'byte-equal').length;
  if (verdict === 'within-tolerance') {
    return {
      text: `✔ reproduced within tolerance: ${equal} of ${count(stages.length, 'stage')} ${stages.length === 1 ? 'is' : 'are'} byte-equal; the first that is not: ${first?.stage}`,
      style: 'yellow',
    };
  }
  const worst = stages.find((stage) => stage.verdict === verdict);
  const cause = worst?.because[0] ?? first?.because[0];
  const how = verdict === 'failed' ? 'failed' : 'differs';
  return {
    text: `✖ not reproduced: stage ${worst?.stage} ${how}${cause === undefined ? '' : `; likely cause: ${cause.type === 'unknown' ? '' : `${cause.type}, `}${cause.text}`}`,
    style: 'red',
  };
}
