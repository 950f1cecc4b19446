import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import {
  HuggingFaceJobs,
  type HuggingFaceProfile,
} from '../../../../src/pipeline/executors/huggingface/huggingface.js';
import { type Job, SchedulerUnavailable } from '../../../../src/pipeline/executors/scheduler.js';

const TOKEN = 'hf_abcdefghijklmnopqrstuvwxyz';

/** The few calls of the Hub that the client makes. */
const jobs: { id: string; status: { stage: string; message?: string }; labels?: Record<string, string> }[] =
  [];
const requests: { line: string; authorization?: string; body?: Record<string, unknown> }[] = [];
let answer: number | undefined;

const server = createServer(async (request, response) => {
  const body = await textOf(request);
  const line = `${request.method} ${request.url}`;
  requests.push({
    line,
    authorization: request.headers.authorization,
    ...(body !== '' && { body: JSON.parse(body) }),
  });
  const send = (status: number, value: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  if (answer !== undefined) return send(answer, { error: `no: Bearer ${TOKEN}` });
  if (line === 'POST /api/jobs/team') return send(200, { id: 'j1', status: { stage: 'RUNNING' } });
  if (line === 'GET /api/jobs/team') return send(200, jobs);
  if (line === 'POST /api/jobs/team/gone/cancel') return send(404, { error: 'no such job' });
  if (line === 'POST /api/jobs/team/j1/cancel') return send(200, { id: 'j1' });
  if (line === 'GET /api/jobs/team/j1/logs') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const data of ['one', 'two\n'])
      response.write(`data: ${JSON.stringify({ data, timestamp: '2026-01-01' })}\n\n`);
    return response.end();
  }
  return send(404, { error: 'not found' });
});

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
after(() => server.close());
beforeEach(() => {
  answer = undefined;
  requests.length = 0;
  jobs.length = 0;
});

const profile: HuggingFaceProfile = {
  executor: 'huggingface',
  max_jobs: 10,
  retries: 2,
  poll_interval: 5,
  grace: 60,
  state_interval: '10m',
  namespace: 'team',
  image: 'registry.example/etude:1',
  flavor: 'cpu-upgrade',
  secrets: ['AWS_SECRET_ACCESS_KEY'],
  env: { LANG: 'C' },
};

const job: Job = {
  name: 'etude-model-1',
  command: ['etude', 'exec-task', '--store', 's3://b', 'jobs/x/task.json'],
  script: '/nowhere/job.sh',
  cwd: '/',
  log: '/nowhere/log.txt',
  resources: { time: 3600, more: { flavor: 't4-small' } },
};

function scheduler(more: NodeJS.ProcessEnv = {}) {
  const { port } = server.address() as AddressInfo;
  return new HuggingFaceJobs(profile, {
    HF_ENDPOINT: `http://127.0.0.1:${port}`,
    HF_TOKEN: TOKEN,
    HF_HOME: '/nowhere',
    AWS_SECRET_ACCESS_KEY: 'hush',
    ...more,
  });
}

test('a job is run with its flavor, limit and label; values of secrets are in the request alone', async () => {
  assert.equal(await scheduler().submit(job), 'j1');
  const [{ body, authorization } = {}] = requests;
  assert.equal(authorization, `Bearer ${TOKEN}`);
  assert.deepEqual(body, {
    flavor: 't4-small',
    environment: { LANG: 'C' },
    dockerImage: 'registry.example/etude:1',
    command: job.command,
    secrets: { AWS_SECRET_ACCESS_KEY: 'hush' },
    timeoutSeconds: 3600,
    attempts: 1,
    labels: { 'etude-job': 'etude-model-1' },
  });
  assert.throws(() => scheduler({ AWS_SECRET_ACCESS_KEY: undefined }), {
    message: /secrets of the profile are not set/,
    expected: /AWS_SECRET_ACCESS_KEY/,
  });
});

test('one request has the states of all jobs, and finds one by its name', async () => {
  const stages = [
    ['a', 'RUNNING'],
    ['b', 'COMPLETED'],
    ['c', 'ERROR', 'Job timed out'],
    ['d', 'ERROR', 'OOMKilled: out of memory'],
    ['e', 'ERROR', 'exit code 1'],
    ['f', 'CANCELED'],
    ['g', 'SCHEDULING'],
  ] as const;
  for (const [id, stage, message] of stages)
    jobs.push({ id, status: { stage, message }, labels: { 'etude-job': `etude-${id}` } });
  const states = await scheduler().status(['a', 'b', 'c', 'd', 'e', 'f', 'gone']);
  assert.deepEqual(
    [...states].map(([id, { state }]) => `${id} ${state}`),
    ['a running', 'b ended', 'c time-limit', 'd out-of-memory', 'e ended', 'f cancelled'],
  );
  assert.equal(requests.length, 1);
  assert.equal((await scheduler().status(['g'])).get('g')?.state, 'queued');
  assert.equal(await scheduler().find('etude-c'), 'c');
  assert.equal(await scheduler().find('etude-x'), undefined);
});

test('logs are read, and jobs cancelled, also those that have gone', async () => {
  assert.equal(await scheduler().logs('j1'), 'one\ntwo\n');
  await scheduler().cancel(['gone', 'j1']);
  assert.equal(requests.at(-1)?.line, 'POST /api/jobs/team/j1/cancel');
});

test('a Hub that is down is asked again, a refusal is final, and the token is never shown', async () => {
  for (const status of [500, 503, 429]) {
    answer = status;
    await assert.rejects(scheduler().status(['a']), (error: Error) => {
      assert.ok(error instanceof SchedulerUnavailable);
      return !error.message.includes(TOKEN);
    });
  }
  answer = 402;
  await assert.rejects(scheduler().submit(job), (error: { got?: string; hint?: string; name: string }) => {
    assert.match(error.hint ?? '', /credits/);
    assert.equal(error.name, 'EtudeError');
    return !error.got?.includes(TOKEN);
  });
  await assert.rejects(scheduler({ HF_TOKEN: undefined }).status(['a']), { message: /no token/ });
  await assert.rejects(scheduler({ HF_ENDPOINT: 'http://127.0.0.1:9' }).status(['a']), SchedulerUnavailable);
});
