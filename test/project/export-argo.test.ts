import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { computations, writeCountStage } from '../support/counting-stage.js';
import { Project } from '../support/project.js';

const RECIPE = `name: 'Chain {{workflow.name}}'
params: { lr: 1 }
matrix: { lr: [1, 2.5] }
stages:
  data: { uses: ./stages/count.js, with: { value: 1 } }
  between: { uses: ./stages/count.js, from: data, with: { value: 2 } }
  model: { uses: ./stages/count.js, from: between, with: { value: '\${{ params.lr }}' } }
  scores: { uses: ./stages/count.js, from: model, with: { value: 3 } }
`;

const project = new Project({ 'recipe.yaml': RECIPE });
writeCountStage(project);
after(() => project.remove());

const ETUDE = [process.execPath, join(import.meta.dirname, '../../dist/src/cli/main.cjs')];
const profile = {
  executor: 'kubernetes',
  image: 'registry.example/etude:1',
  namespace: 'team',
  stages: ['data', 'model'],
  volumes: [{ claim: 'etude', path: project.dir }],
  cache_dir: './shared cache',
  etude: ETUDE,
  setup: ['export GREETING="$HOME"'],
  resources: { cpus: 1 },
  stage_resources: { model: { gpus: 1, time: '2h', node_selector: { pool: 'gpu' } } },
  env: { HF_TOKEN: { secret: 'hub', key: 'token' } },
  pod: { securityContext: { runAsUser: 1000 } },
};
const write = (changes: object = {}) =>
  project.write('etude.profiles.yaml', JSON.stringify({ profiles: { pods: { ...profile, ...changes } } }));
const workflowText = async (set?: string[]) =>
  (await project.open({ set })).argoWorkflow({ profile: 'pods' });

interface Workflow {
  metadata: { generateName: string };
  spec: {
    templates: {
      name: string;
      dag?: { tasks: { name: string; dependencies?: string[] }[] };
      container?: { command: string[]; resources: unknown; env: unknown };
      nodeSelector?: unknown;
      activeDeadlineSeconds?: string;
      podSpecPatch?: string;
    }[];
  };
}

test('a workflow has a pod per chosen stage, in an order that its stages allow', async () => {
  write();
  const { metadata, spec } = parse(await workflowText(['stages.scores.with.value=4'])) as Workflow;
  assert.equal(metadata.generateName, 'chain-workflow-name-');
  const [dag, ...pods] = spec.templates;
  assert.deepEqual(dag!.dag!.tasks, [
    { name: 'data', template: 'data' },
    { name: 'model-lr-1', template: 'model-lr-1', dependencies: ['data'] },
    { name: 'model-lr-2-5', template: 'model-lr-2-5', dependencies: ['data'] },
    { name: 'rest', template: 'rest', dependencies: ['data', 'model-lr-1', 'model-lr-2-5'] },
  ]);
  const model = pods[1]!;
  const limits = { cpu: '1', 'nvidia.com/gpu': '1' };
  assert.deepEqual(model.container!.resources, { requests: limits, limits });
  assert.deepEqual([model.nodeSelector, model.activeDeadlineSeconds], [{ pool: 'gpu' }, '7200']);
  assert.deepEqual(JSON.parse(model.podSpecPatch!), {
    terminationGracePeriodSeconds: 60,
    securityContext: { runAsUser: 1000 },
  });
  const [shell, flag, script] = model.container!.command;
  assert.deepEqual([shell, flag], ['/bin/bash', '-c']);
  assert.match(
    script!,
    /^export GREETING="\$\$HOME"\nexec .* '[^']*\/shared cache' .*--no-lock -- 'model\[lr=1\]'$/,
  );
});

test('its tasks, run one after another, compute each stage once', async () => {
  write({ setup: undefined });
  const { spec } = parse(await workflowText()) as Workflow;
  for (const { container } of spec.templates.slice(1)) {
    const [program, ...args] = container!.command;
    execFileSync(program!, args, { cwd: '/', env: { ...process.env, ...project.env }, stdio: 'pipe' });
  }
  assert.equal(computations(project), 6);
  assert.match(project.read('recipe.lock'), /scores/);
});

test('a workflow fits the schema that Argo publishes, which refuses unknown fields', async () => {
  write();
  const file = join(import.meta.dirname, '../fixtures/argo/workflow.json');
  const schema = JSON.parse(readFileSync(file, 'utf8')) as object;
  const validate = new Ajv({ strict: false, inlineRefs: false, code: { optimize: false } }).compile(schema);
  const workflow = parse(await workflowText()) as Workflow;
  assert.ok(validate(workflow), JSON.stringify(validate.errors));
  assert.ok(!validate({ ...workflow, spec: { ...workflow.spec, entry: 'stages' } }));
});

test('what pods would not see, and what Argo would replace, is refused', async () => {
  project.write('etude.profiles.yaml', '{ profiles: { pods: { executor: local } } }');
  await assert.rejects(workflowText(), { expected: 'executor: kubernetes, without a store', got: /local/ });
  write({ store: 's3://bucket' });
  await assert.rejects(workflowText(), { got: /with a store/ });
  write({ volumes: [{ claim: 'etude', path: project.dir, read_only: true }] });
  await assert.rejects(workflowText(), /do not see the cache folder/);
  write({ cache_dir: '/elsewhere', volumes: [{ claim: 'etude', path: '/elsewhere' }] });
  await assert.rejects(workflowText(), { message: 'the pods do not see a file', got: /recipe\.yaml$/ });
  write();
  await assert.rejects(workflowText(['stages.data.with.warnings=["{{x}}"]']), /Argo would replace/);
});
