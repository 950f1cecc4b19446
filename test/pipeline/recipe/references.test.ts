import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf, pipelineOf } from '../../support/recipe-folder.js';

const STAGE = 'stages:\n  s:\n    uses: ./stages/source.js\n';

/** A reference, written so that no template takes it for its own. */
const ref = (expression: string) => `$\{{ ${expression} }}`;

const CASES: [what: string, recipe: string, expected: string[]][] = [
  [
    'an unknown name',
    `params:\n  seed: 1\n${STAGE}    with: { count: ${ref('params.sed')} }\n`,
    ["6:20 unresolved reference 'params.sed': did you mean 'params.seed'?"],
  ],
  [
    'a name without params',
    `params:\n  seed: 1\n${STAGE}    with:\n      count: ${ref('seed')}\n`,
    ["7:14 unresolved reference 'seed': expected params.NAME, did you mean 'params.seed'?"],
  ],
  [
    'anything but params',
    `${STAGE}    with: { text: "x ${ref('env.HOME')}" }\n`,
    ["4:22 unresolved reference 'env.HOME': expected params.NAME"],
  ],
  [
    'an inherited name',
    `params: { x: 1 }\n${STAGE}    with: { text: ${ref('params.toString')} }\n`,
    ["5:19 unresolved reference 'params.toString': expected one of params.x"],
  ],
  [
    'a reference when there are no params',
    `${STAGE}    with: { count: "${ref('params.x')}" }\n`,
    ["4:21 unresolved reference 'params.x': expected a name defined in `params`, which defines none"],
  ],
  [
    'an unknown key inside a param',
    `params:\n  a: { rate: 1 }\n${STAGE}    with: { rate: ${ref('params.a.rat')} }\n`,
    ["6:19 unresolved reference 'params.a.rat': it has no 'rat': did you mean 'rate'?"],
  ],
  [
    'a reference that is not closed',
    `${STAGE}    with:\n      text: $\{{ params.x\n`,
    [`5:13 the reference is not closed: expected ${ref('params.NAME')}`],
  ],
  [
    'a reference outside of params and with',
    `name: ${ref('params.x')}\nparams: { x: y }\n${STAGE}`,
    ['1:7 a reference is not allowed here: expected references in `params` and `with` only'],
  ],
  [
    'a reference as a key',
    `${STAGE}    with: { labels: { "${ref('params.x')}": a } }\n`,
    [`4:23 a reference cannot be a key: got ${ref('params.x')}`],
  ],
  [
    'a circle among params, once',
    `params:\n  a: ${ref('params.b')}\n  b: ${ref('params.a')}\n${STAGE}    with: { text: ${ref('params.a')} }\n`,
    ['3:6 the params refer to each other in a cycle: params.a → params.b → params.a'],
  ],
  [
    'a list inside of a text',
    `params:\n  a: [1]\n${STAGE}    with: { text: "x ${ref('params.a')}" }\n`,
    ['6:22 only a text, number, true or false can be inserted into a text: got list of 1'],
  ],
  [
    'a wrong type that comes from a param',
    `params:\n  speed: fast\n${STAGE}    with: { rate: ${ref('params.speed')} }\n`,
    [
      "6:19 wrong value for parameter 'rate' of stage type './stages/source.js': expected number, got string 'fast' from params.speed",
    ],
  ],
  [
    'a failed param where it is written only',
    `params:\n  a: ${ref('params.b')}\n${STAGE}    with: { count: ${ref('params.a')} }\n`,
    ["2:6 unresolved reference 'params.b': expected one of params.a"],
  ],
];

for (const [what, recipe, expected] of CASES) {
  test(`reports ${what}`, async () => {
    assert.deepEqual(await linesOf(recipe), expected);
  });
}

test('keeps the type of a value that is just a reference', async () => {
  const pipeline = await pipelineOf(`params: { n: 7, r: 1.0e-4, list: [a, b], map: { x: y } }
stages:
  s:
    uses: ./stages/source.js
    with: { count: ${ref('params.n')}, rate: "${ref('params.r')}", names: ${ref('params.list')}, labels: ${ref('params.map')} }
`);
  assert.deepEqual(pipeline.stages[0]!.with, {
    count: 7,
    rate: 1e-4,
    names: ['a', 'b'],
    labels: { x: 'y' },
    mode: 'no',
  });
});

test('puts references into a longer text, lists and keys of params', async () => {
  const pipeline = await pipelineOf(`params:
  base: runs
  path: ${ref('params.base')}/${ref('params.deep.n')}
  deep: { n: 3 }
stages:
  s:
    uses: ./stages/source.js
    with:
      text: at ${ref('params.path')}, ${ref('params.deep.n')}
      names: [${ref('params.base')}, "${ref('params.path')}"]
`);
  assert.deepEqual(pipeline.params, { base: 'runs', path: 'runs/3', deep: { n: 3 } });
  assert.deepEqual(pipeline.stages[0]!.with, {
    count: 3,
    mode: 'no',
    text: 'at runs/3, 3',
    names: ['runs', 'runs/3'],
  });
});

test('gives each stage its own copy of what a reference names', async () => {
  const pipeline = await pipelineOf(`params: { map: { x: y } }
stages:
  a: { uses: ./stages/source.js, with: { labels: ${ref('params.map')} } }
  b: { uses: ./stages/source.js, with: { labels: ${ref('params.map')} } }
`);
  const [a, b] = pipeline.stages;
  assert.notEqual(a!.with.labels, b!.with.labels);
  assert.notEqual(a!.with.labels, pipeline.params.map);
});

test('reports references that blow the recipe up, once', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `p${index}`);
  const doubled = names
    .slice(1)
    .map((name, index) => `  ${name}: ${ref(`params.p${index}`)}${ref(`params.p${index}`)}\n`);
  const lines = await linesOf(`params:\n  p0: xxxxxxxx\n${doubled.join('')}${STAGE}`);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /the recipe becomes too large when its references are expanded$/);
});
