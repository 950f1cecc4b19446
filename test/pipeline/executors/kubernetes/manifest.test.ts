import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { checkVolumes } from '../../../../src/pipeline/executors/kubernetes/check-volumes.js';
import { jobManifest } from '../../../../src/pipeline/executors/kubernetes/manifest.js';
import { dnsName, labelValue } from '../../../../src/pipeline/executors/kubernetes/names.js';
import { fullProfile, hostileJob } from './cases.js';

const VERSIONS = ['1.30', '1.33', '1.36'];
const fixtures = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'kubernetes');

interface Manifest {
  metadata: { name: string; labels: Record<string, string> };
  spec: {
    backoffLimit: number;
    ttlSecondsAfterFinished: number;
    activeDeadlineSeconds?: number;
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: Record<string, unknown[]>[] } & Record<string, unknown>;
    };
  };
}

function validatorOf(version: string) {
  const schema = JSON.parse(readFileSync(join(fixtures, `job-${version}.json`), 'utf8')) as object;
  const validate = new Ajv({ strict: false, inlineRefs: false, code: { optimize: false } }).compile(schema);
  return (value: unknown) => (validate(value) ? [] : (validate.errors ?? []));
}

const options = {
  profile: fullProfile,
  cache: 'abc',
  command: ['etude', 'exec-task', '/cache/$(id) $$/task.json'],
};

test('manifests fit the published schemas of three versions, which refuse unknown fields', () => {
  const bare = {
    ...fullProfile,
    volumes: undefined,
    env: undefined,
    pod: undefined,
    service_account: undefined,
  };
  const plain = { ...hostileJob, resources: { more: {} } };
  const manifests = [jobManifest(hostileJob, options), jobManifest(plain, { ...options, profile: bare })];
  for (const version of VERSIONS) {
    const mistakes = validatorOf(version);
    for (const manifest of manifests) assert.deepEqual(mistakes(manifest), [], version);
    assert.notDeepEqual(mistakes({ ...manifests[0], spec: { template: {}, backoff: 1 } }), []);
  }
});

test('a job has what the profile asks for, and commands that Kubernetes leaves as they are', () => {
  const { metadata, spec } = jobManifest(hostileJob, options) as unknown as Manifest;
  const pod = spec.template.spec;
  const container = pod.containers[0]!;
  assert.match(metadata.name, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  for (const value of Object.values({ ...metadata.labels, ...spec.template.metadata.labels }))
    assert.match(value, /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/);
  assert.deepEqual(container.command, ['etude', 'exec-task', '/cache/$$(id) $$$$/task.json']);
  const asked = { cpu: '4', memory: '16000000000', 'nvidia.com/gpu': '1' };
  assert.deepEqual(container.resources, { requests: asked, limits: asked });
  assert.equal(pod.activeDeadlineSeconds, 3600);
  assert.equal(spec.activeDeadlineSeconds, undefined);
  assert.deepEqual([spec.backoffLimit, spec.ttlSecondsAfterFinished], [0, 86_400]);
  assert.deepEqual(pod.nodeSelector, { pool: 'gpu' });
  assert.deepEqual(pod.securityContext, { runAsUser: 1000 });
  assert.deepEqual(container.volumeMounts?.[1], {
    name: 'volume-1',
    mountPath: '/data',
    subPath: 'a',
    readOnly: true,
  });
  assert.deepEqual(container.env, [
    { name: 'GREETING', value: '$$(HOME)' },
    { name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: 'hub', key: 'token' } } },
  ]);
});

test('names of Jobs are short, and keep the part that makes them unique', () => {
  const long = `etude-${'Über_lang'.repeat(8)}-3f2a91c0-12-9e4b21`;
  assert.ok(dnsName(long).length <= 63);
  assert.ok(dnsName(long).endsWith('-3f2a91c0-12-9e4b21'));
  assert.equal(dnsName('etude-a_B-3f2a91c0-1-9e4b21'), 'etude-a-b-3f2a91c0-1-9e4b21');
  assert.equal(labelValue('--a b\n{{x}}/é--'), 'a-b-x');
  assert.equal(labelValue('\u0000'), '');
});

test('the cache folder must be in a volume that pods can write to', () => {
  const volumes = [
    { claim: 'a', path: '/data', read_only: true },
    { claim: 'b', path: '/cache' },
  ];
  checkVolumes({ volumes }, '/cache/etude');
  for (const folder of ['/data/cache', '/cache2', '/'])
    assert.throws(() => checkVolumes({ volumes }, folder), { message: /do not see the cache folder/ });
});
