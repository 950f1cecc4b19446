import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Called } from '../../../src/pipeline/executors/call.js';
import { CommandScheduler } from '../../../src/pipeline/executors/command.js';
import type { CommandProfile } from '../../../src/pipeline/executors/profiles/profile.js';
import { SchedulerUnavailable } from '../../../src/pipeline/executors/scheduler.js';

const pbs = {
  submit: ['qsub', '-N', '{name}', '-lncpus={cpus}', '-lwalltime={time}', '-q{queue}', '{script}'],
  job_id: '^(\\S+)',
  status: ['qstat', '{ids}'],
  status_line: '^(?<id>\\d+\\S*)\\s+\\S+\\s+\\S+\\s+\\S+\\s+(?<state>[A-Z])\\s',
  states: { running: ['R', 'E'], ended: ['C', 'F'] },
  unknown_job: 'unknown job',
  cancel: ['qdel', '-x={ids}'],
} as unknown as CommandProfile;

function scheduler(answer: Partial<Called>) {
  const calls: string[][] = [];
  const made = new CommandScheduler(pbs, async (command) => {
    calls.push([...command]);
    return { code: 0, stdout: '', stderr: '', ...answer };
  });
  return { made, calls };
}

const job = {
  name: 'etude-1',
  command: [],
  script: '/c/job.sh',
  cwd: '/p',
  log: '/c/log.txt',
  resources: { time: 5400, more: { queue: 'a;b $(id)' } },
};

test('a template is filled in word by word, without what is not given', async () => {
  const { made, calls } = scheduler({ stdout: '77.server\n' });
  assert.equal(await made.submit(job), '77.server');
  assert.deepEqual(calls, [['qsub', '-N', 'etude-1', '-lwalltime=1:30:00', '-qa;b $(id)', '/c/job.sh']]);
});

test('states are read from lines that match, ids with or without the name of a server', async () => {
  const stdout = [
    'Job id  Name  User  Time S Queue',
    '77.srv   a  u  0 R  q',
    '78.srv   b  u  0 H  q',
    '',
  ].join('\n');
  const { made, calls } = scheduler({ stdout });
  const found = await made.status(['77.server.example', '78.server.example', '79.server.example']);
  assert.deepEqual([...found.values()], [{ state: 'running' }, { state: 'queued' }]);
  assert.deepEqual(calls[0], ['qstat', '77.server.example', '78.server.example', '79.server.example']);
  await made.cancel(['1', '2']);
  assert.deepEqual(calls[1], ['qdel', '-x=1,2']);
});

test('a failure is a scheduler that does not answer, unless it says that there is no such job', async () => {
  assert.equal(
    (await scheduler({ code: 153, stderr: 'qstat: Unknown Job Id 77' }).made.status(['77'])).size,
    0,
  );
  await assert.rejects(scheduler({ code: 1, stderr: 'refused' }).made.status(['77']), SchedulerUnavailable);
  await assert.rejects(scheduler({ code: 1, stderr: 'no queue' }).made.submit(job), { got: /no queue/ });
});
