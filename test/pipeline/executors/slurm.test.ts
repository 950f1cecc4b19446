import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type { Called } from '../../../src/pipeline/executors/call.js';
import { jobScript } from '../../../src/pipeline/executors/job-script.js';
import { INDEX, type Job, SchedulerUnavailable } from '../../../src/pipeline/executors/scheduler.js';
import { Slurm, sbatchArguments } from '../../../src/pipeline/executors/slurm.js';

const job: Job = {
  name: 'etude-model-1234-1-abc',
  command: ['node', 'exec-task'],
  script: '/cache/jobs/1/job.sh',
  cwd: '/project',
  log: '/cache/100%/log.txt',
  resources: { more: {} },
};

/** Slurm's programs, with given answers; `calls` are the command lines. */
function slurm(answers: Record<string, Partial<Called>>) {
  const calls: string[][] = [];
  const scheduler = new Slurm(async (command) => {
    calls.push([...command]);
    return { code: 0, stdout: '', stderr: '', ...answers[command[0]!] };
  });
  return { scheduler, calls };
}

test('resources become arguments of sbatch, one each, whatever is in them', () => {
  const hostile = 'gpu"; rm -rf ~ #$(id)';
  const more = { partition: hostile, account: 'lab', qos: 'long', args: ['--exclude=n3'] };
  const resources = { cpus: 4, memory: 16e9, gpus: 2, time: 3601, more };
  const args = sbatchArguments({ ...job, resources });
  assert.deepEqual(args.slice(args.indexOf('--cpus-per-task=4')), [
    ...['--cpus-per-task=4', '--mem=15625000K', '--gpus=2', '--time=61'],
    ...[`--partition=${hostile}`, '--account=lab', '--qos=long', '--exclude=n3'],
  ]);
  assert.ok(args.includes('--output=/cache/100%%/log.txt'));
  assert.ok(args.includes('--signal=B:TERM@60'));
  // Slurm may send the signal a minute early: a short job would get it when it starts.
  const short = sbatchArguments({ ...job, resources: { time: 120, more: {} } });
  assert.equal(
    short.some((arg) => arg.startsWith('--signal')),
    false,
  );
});

test('an array has its numbers in ranges, and a log and a task for each of them', async () => {
  const log = `/cache/100%/${INDEX}/log.txt`;
  const args = sbatchArguments({ ...job, log, indices: [0, 1, 2, 5, 7, 8] });
  assert.ok(args.includes('--array=0-2,5,7-8'));
  assert.ok(args.includes('--output=/cache/100%%/%a/log.txt'));
  const { scheduler, calls } = slurm({ sbatch: { stdout: '77\n' }, squeue: { stdout: '77_[0-2,5]\n' } });
  assert.equal(await scheduler.arrays!.submit({ ...job, indices: [3] }), '77');
  assert.ok(calls[0]!.includes('--array=3'));
  assert.equal(await scheduler.find(job.name), '77');
  assert.equal(scheduler.arrays!.element('77', 5), '77_5');
  const script = jobScript([], ['printf', '%s', `/it's $HOME/${INDEX}/"x"`], 'TASK');
  const printed = execFileSync('bash', ['-c', script], {
    env: { ...process.env, TASK: '5' },
    encoding: 'utf8',
  });
  assert.equal(printed, '/it\'s $HOME/5/"x"');
});

test('the id is what sbatch prints, and a refusal is final', async () => {
  assert.equal(await slurm({ sbatch: { stdout: '1234;cluster\n' } }).scheduler.submit(job), '1234');
  const refusal =
    'sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission failed';
  const { scheduler } = slurm({ sbatch: { code: 1, stderr: refusal } });
  await assert.rejects(scheduler.submit(job), {
    name: 'EtudeError',
    message: /refused/,
    got: /invalid partition/,
  });
  const down = 'sbatch: error: Unable to contact slurm controller (connect failure)';
  await assert.rejects(
    slurm({ sbatch: { code: 1, stderr: down } }).scheduler.submit(job),
    SchedulerUnavailable,
  );
});

test('the states of all jobs come from one question', async () => {
  const lines = [
    ...['1|PENDING|Resources', '2|RUNNING|None', '3|COMPLETED|None', '4|TIMEOUT|TimeLimit'],
    ...[
      '5|OUT_OF_MEMORY|OutOfMemory',
      '6|NODE_FAIL|None',
      '7|CANCELLED|None',
      '8|PENDING|PartitionTimeLimit',
    ],
  ];
  const { scheduler, calls } = slurm({ squeue: { stdout: `${lines.join('\n')}\n` }, sacct: { code: 1 } });
  const found = await scheduler.status(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
  assert.deepEqual(
    [...found].map(([id, { state, reason }]) => `${id} ${state} ${reason}`),
    [
      ...['1 queued Resources', '2 running undefined', '3 ended COMPLETED', '4 time-limit TimeLimit'],
      ...['5 out-of-memory OutOfMemory', '6 lost NODE_FAIL', '7 cancelled CANCELLED'],
      '8 hopeless PartitionTimeLimit',
    ],
  );
  // Accounting that is switched off is not asked again.
  await scheduler.status(['9']);
  assert.deepEqual(
    calls.map(([program]) => program),
    ['squeue', 'sacct', 'squeue'],
  );
});

test('the cluster is what Slurm is configured to be called', async () => {
  const stdout =
    'Configuration data as of 2026-11-29\nCliFilterPlugins        = (null)\nClusterName             = alpha\n';
  assert.equal(await slurm({ scontrol: { stdout } }).scheduler.cluster(), 'alpha');
  await assert.rejects(slurm({ scontrol: { code: 1 } }).scheduler.cluster(), SchedulerUnavailable);
});

test('a job that Slurm has forgotten is not one that it cannot be asked about', async () => {
  const forgotten = { code: 1, stderr: 'slurm_load_jobs error: Invalid job id specified' };
  assert.equal((await slurm({ squeue: forgotten, sacct: { code: 1 } }).scheduler.status(['1'])).size, 0);
  const down = { code: 1, stderr: 'slurm_load_jobs error: Unable to contact slurm controller' };
  await assert.rejects(slurm({ squeue: down }).scheduler.status(['1']), SchedulerUnavailable);
  const accounted = { stdout: '1|CANCELLED by 1000\n' };
  const answer = await slurm({ squeue: forgotten, sacct: accounted }).scheduler.status(['1']);
  assert.equal(answer.get('1')?.state, 'cancelled');
});

test('a word of the script is that word for bash, whatever is in it', () => {
  const words = ['a b', "it's", '$(touch /tmp/x)', '`id`', 'new\nline', '', '-n', '"q"', '\\', '*', '~', 'é'];
  const script = jobScript(['export X=1'], ['printf', '%s\\0', ...words]);
  const printed = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
  assert.deepEqual(printed.split('\0').slice(0, -1), words);
});
