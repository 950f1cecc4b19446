import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removable } from './temp-folder.js';

/**
 * A batch system of one file: its jobs run here, but in a folder of their own and from a copy of their
 * script.
 */
const PROGRAM = `import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
const here = import.meta.dirname ?? process.argv[1].replace(/[^/]+$/, '');
const [verb, ...words] = process.argv.slice(2);
const file = (id, what) => join(here, 'jobs', id + '.' + what);
const pidOf = (id) => Number(readFileSync(file(id, 'pid'), 'utf8'));
const isAlive = (pid) => { try { return !/^State:\\s+Z/m.test(readFileSync('/proc/' + pid + '/status', 'utf8')); } catch { return false; } };
if (verb === 'submit') {
  const [name, script] = words;
  mkdirSync(join(here, 'work'), { recursive: true });
  const id = String(readdirSync(join(here, 'jobs')).filter((each) => each.endsWith('.pid')).length + 1);
  copyFileSync(script, file(id, 'sh'));
  const log = openSync(file(id, 'log'), 'a');
  const child = spawn('bash', [file(id, 'sh')], { cwd: join(here, 'work'), detached: true, stdio: ['ignore', log, log] });
  writeFileSync(file(id, 'pid'), String(child.pid));
  writeFileSync(file(id, 'name'), name);
  child.unref();
  console.log(id);
}
if (verb === 'status') for (const id of words) if (existsSync(file(id, 'pid'))) console.log(id, isAlive(pidOf(id)) ? 'R' : 'E');
if (verb === 'cancel') for (const id of words) if (isAlive(pidOf(id))) process.kill(pidOf(id), 'SIGTERM');
`;

/** For the executor `command`, on Linux. */
export class BatchSystem {
  readonly #folder = removable('batch');

  constructor() {
    const { dir } = this.#folder;
    mkdirSync(join(dir, 'jobs'));
    writeFileSync(join(dir, 'batch.mjs'), PROGRAM);
  }

  /** A profile, but for its store. */
  get profile(): string {
    const program = JSON.stringify([process.execPath, join(this.#folder.dir, 'batch.mjs')]).slice(1, -1);
    return `executor: command
    submit: [${program}, submit, '{name}', '{script}']
    status: [${program}, status, '{ids}']
    status_line: '^(?<id>\\d+) (?<state>\\w)$'
    states: { running: [R], ended: [E] }
    cancel: [${program}, cancel, '{ids}']
`;
  }

  /** Ids of the jobs of a stage, in their order. */
  jobsOf(stage: string): string[] {
    const names = readdirSync(join(this.#folder.dir, 'jobs')).filter((file) => file.endsWith('.name'));
    const ids = names.filter((file) => this.#read(file).startsWith(`etude-${stage}-`));
    return ids.map((file) => file.replace('.name', '')).sort((a, b) => Number(a) - Number(b));
  }

  /** What a job has printed. */
  log(id: string): string {
    return this.#read(`${id}.log`);
  }

  /** As the loss of its node. */
  kill(id: string): void {
    process.kill(Number(this.#read(`${id}.pid`)), 'SIGKILL');
  }

  remove(): void {
    this.#folder.remove();
  }

  #read(file: string): string {
    return readFileSync(join(this.#folder.dir, 'jobs', file), 'utf8');
  }
}
