import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDot } from '../../../src/pipeline/plan/graph/dot.js';
import { drawPipeline } from '../../../src/pipeline/plan/graph/draw.js';
import type { Drawing } from '../../../src/pipeline/plan/graph/drawing.js';
import { layOut } from '../../../src/pipeline/plan/graph/layers.js';
import { toMermaid } from '../../../src/pipeline/plan/graph/mermaid.js';
import { toSvg } from '../../../src/pipeline/plan/graph/svg.js';
import { toText } from '../../../src/pipeline/plan/graph/text.js';
import { Project } from '../../support/project.js';
import { sketch } from '../../support/sketches.js';

/** From `a>b b>c`, or `a>b:input`. */
function drawing(
  edges: string,
  ids = [...new Set(edges.match(/\w+(?=>|:|\s|$)/g))].sort().join(' '),
): Drawing {
  return {
    name: 'test',
    nodes: ids.split(' ').map((id) => ({ id, uses: `type-${id}` })),
    edges: edges.split(' ').map((edge) => {
      const [, from, to, input] = /^(\w+)>(\w+)(?::(\w+))?$/.exec(edge)!;
      return { from: from!, to: to!, input };
    }),
  };
}

test('a chain is a column of stages', () => {
  assert.equal(toText(drawing('a>b b>c', 'a b c')), '●  a  type-a\n●  b  type-b\n●  c  type-c\n');
});

test('edges split and join', () => {
  const text = toText(drawing('a>b a>c b>d c>d', 'a b c d'));
  assert.deepEqual(text.split('\n'), EXPECTED_DIAMOND);
});

const EXPECTED_DIAMOND = [
  '●    a  type-a',
  '├─╮',
  '│ ●  b  type-b',
  '● │  c  type-c',
  '├─╯',
  '●    d  type-d  ⇠ b, c',
  '',
];

test('stages without an edge between them are next to each other, and marks say what will happen', () => {
  const sketch = drawing('a>c:x b>c:y', 'a b c');
  sketch.nodes[0]!.status = 'hit';
  sketch.nodes[2]!.status = 'run';
  assert.deepEqual(toText(sketch).split('\n'), [
    '●    a  type-a  ✔ hit',
    '│ ●  b  type-b',
    '├─╯',
    '●    c  type-c  ▶ run  ⇠ a, b',
    '',
  ]);
});

test('every edge goes forward through all layers, and crossings are reduced', () => {
  const { slots, layers, routes } = layOut(drawing('a>b a>c b>d c>e d>f e>f a>f', 'a b c e d f'));
  for (const route of routes) {
    const passed = route.map((slot) => slots[slot]!.layer);
    assert.deepEqual(
      passed,
      passed.map((_, i) => passed[0]! + i),
    );
  }
  assert.deepEqual(
    layers.map((layer) => layer.length),
    [1, 3, 3, 1],
  );
  const name = (slot: number): string | undefined => slots[slot]!.id;
  const order = (layer: number[], ids: string[]) => layer.map(name).filter((id) => ids.includes(id ?? ''));
  const [, second, third] = layers;
  assert.equal(order(second!, ['b', 'c']).join() === 'b,c', order(third!, ['d', 'e']).join() === 'd,e');
});

test('Mermaid and DOT contain every stage and every edge, with odd names made safe', () => {
  const odd: Drawing = {
    name: 'say "hi"',
    nodes: [
      { id: 'end', uses: './stages/"x".js', status: 'hit' },
      { id: 'b', uses: 'rename<y>' },
    ],
    edges: [{ from: 'end', to: 'b', input: 'model' }],
  };
  const mermaid = toMermaid(odd);
  assert.match(mermaid, /^flowchart LR\n {2}s0\["end<br>/);
  assert.match(mermaid, /s0 -->\|"model"\| s1/);
  assert.match(mermaid, /rename#60;y#62;/);
  const dot = toDot(odd);
  assert.match(dot, /^digraph "say \\"hi\\"" \{/);
  assert.match(dot, /"end" -> "b" \[label="model"\];/);
  assert.match(dot, /label="end\\n\.\/stages\/\\"x\\"\.js"/);
});

test('an SVG has a box per stage and a path per edge, and nothing of a recipe becomes markup', () => {
  const sketch = drawing('a>b b>c a>c', 'a b c');
  sketch.nodes[1]!.uses = '<script>alert(1)</script>';
  const svg = toSvg(sketch);
  assert.equal(svg.match(/<rect /g)?.length, 3);
  assert.equal(svg.match(/<path class="edge"/g)?.length, 3);
  assert.ok(!svg.includes('<script'));
  assert.ok(!/NaN|undefined|Infinity/.test(svg));
});

test('a pipeline with a single stage or none can be drawn in every format', () => {
  const project = new Project();
  for (const ids of [[], ['only']]) {
    const stages = Object.fromEntries(ids.map((id) => [id, { uses: 'load' }]));
    for (const format of ['text', 'mermaid', 'dot', 'svg'] as const) {
      assert.ok(!/NaN|undefined|Infinity/.test(drawPipeline(sketch(project, stages), format)));
    }
  }
});
