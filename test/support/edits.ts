import { copyFileSync, cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { Random } from '../../src/random/random.js';
import { parseRun } from './command-line.js';
import type { EditCase } from './edit-cases.js';
import type { Project } from './project.js';

const HOOK = new URL('./edit-hook.mjs', import.meta.url).href;

export interface EditReport {
  /** Runs in which the file was edited and restored. */
  edits: number;
  /** What must never happen: a result of other bytes, or an error that is not the user's. */
  faults: string[];
  /** How the edited runs ended. */
  outcomes: { 'as if nothing had happened': number; 'computed again': number; refused: number };
  /** What the last `etude verify` printed, if requested. */
  verified?: string;
}

export interface EditOptions {
  edits: number;
  seed: number;
  /** Recompute everything with `etude verify` at the end. */
  verify?: boolean;
}

/** What a lock contains about the results: fingerprints and digests of every stage. */
type Results = Record<string, { fingerprint: string; output: unknown }>;

/**
 * Runs a recipe repeatedly while a file that it reads is edited at one random step of its reading and
 * restored at a later one. After each run it checks whether the cache contains anything made of other bytes:
 * what a run then says about the original file, and about the edited one, must equal what an undisturbed run
 * says.
 */
export async function checkEdits(one: EditCase, options: EditOptions): Promise<EditReport> {
  const { project, file, args = [] } = one;
  const report: EditReport = {
    edits: 0,
    faults: [],
    outcomes: { 'as if nothing had happened': 0, 'computed again': 0, refused: 0 },
  };
  const random = Random.stream(options.seed, one.name);
  const other = project.path('other.bytes');
  const original = project.path('original.bytes');
  const log = project.path('steps.log');
  // Stages before the one that reads the file are computed once.
  if (one.before !== undefined) await mustRun(project, '--until', one.before);
  if (one.before !== undefined) cpSync(project.path('.etude'), project.path('before'), { recursive: true });
  const restart = () => {
    rmSync(project.path('.etude'), { recursive: true, force: true });
    if (one.before !== undefined)
      cpSync(project.path('before'), project.path('.etude'), { recursive: true, preserveTimestamps: true });
  };
  const hook = (more: Record<string, string>) => {
    rmSync(log, { force: true });
    return { NODE_OPTIONS: `--import=${HOOK}`, EDIT_FILE: file, EDIT_OTHER: other, EDIT_LOG: log, ...more };
  };
  const env = { ...project.env };

  copyFileSync(file, original);
  writeFileSync(other, one.change(readFileSync(file)));
  restart();
  const expected = await mustRun(project, ...args);
  restart();
  project.env = { ...env, ...hook({}) };
  await mustRun(project, ...args);
  project.env = env;
  const steps = statSync(log).size;
  restart();
  copyFileSync(other, file);
  // Bytes that nothing can be made of give an error message.
  const meanwhile = await tryRun(project, ...args);
  copyFileSync(original, file);

  for (let i = 0; i < options.edits; i++) {
    const from = 1 + Math.floor(random.uniform() * steps);
    const to = from + 1 + Math.floor(random.uniform() * (steps + 1 - from));
    const by = random.uniform() < 0.5 ? 'rename' : 'write';
    const what = `${one.name}: ${by} at step ${from} of ${steps}, back at ${to}`;
    const fault = (text: string) => report.faults.push(`${what}: ${text}`);
    restart();
    project.env = { ...env, ...hook({ EDIT_FROM: String(from), EDIT_TO: String(to), EDIT_BY: by }) };
    const edited = await tryRun(project, ...args);
    project.env = env;
    report.edits += statSync(log).size >= from ? 1 : 0;
    if (existsSync(`${log}.aside`)) {
      // The run had ended before.
      rmSync(`${log}.aside`);
      copyFileSync(original, file);
    }
    if (typeof edited === 'string') {
      report.outcomes.refused++;
      if (/defect|broke:/.test(edited) || edited.trim() === '') fault(`said ${edited}`);
    } else if (differ(edited.results, expected) === undefined) {
      report.outcomes[edited.warned ? 'computed again' : 'as if nothing had happened']++;
    } else report.outcomes['computed again']++;
    const after = await tryRun(project, ...args);
    if (typeof after === 'string') fault(`a later run fails: ${after}`);
    else {
      const wrong = differ(after.results, expected);
      if (wrong !== undefined) fault(`a later run has another '${wrong}'`);
    }
    if (!readFileSync(file).equals(readFileSync(original))) throw new Error('the file was not put back');
    // And whatever the cache may contain about the other bytes was made of them.
    copyFileSync(other, file);
    const others = await tryRun(project, ...args);
    copyFileSync(original, file);
    if (typeof others === 'string' && typeof meanwhile === 'string') continue;
    if (typeof others === 'string' || typeof meanwhile === 'string')
      fault(`with the other bytes: ${typeof others === 'string' ? others : 'they are taken'}`);
    else {
      const wrong = differ(others.results, meanwhile.results);
      if (wrong !== undefined) fault(`with the other bytes, another '${wrong}'`);
    }
  }
  if (options.verify) {
    const { code, stdout, stderr } = await project.etude('verify', 'recipe.yaml', ...(one.args ?? []));
    report.verified = `${stdout}${stderr}`.trim().split('\n').at(-1);
    if (code !== 0) report.faults.push(`${one.name}: verify: ${stdout}${stderr}`);
  }
  return report;
}

interface Run {
  results: Results;
  warned: boolean;
}

async function mustRun(project: Project, ...args: string[]): Promise<Results> {
  const run = await tryRun(project, ...args);
  if (typeof run === 'string') throw new Error(`the undisturbed run failed: ${run}`);
  return run.results;
}

/** The results that a run locks, or its error messages. */
async function tryRun(project: Project, ...args: string[]): Promise<Run | string> {
  const lock = project.path('recipe.lock');
  rmSync(lock, { force: true });
  const { code, stdout, stderr } = await project.etude('run', 'recipe.yaml', '--progress', 'json', ...args);
  if (code !== 0) return `${stdout}\n${stderr}`;
  const { finished } = parseRun({ code, signal: null, stdout, stderr });
  // A run with values from outside leaves no lock.
  const summaries = finished.stages.map(({ id, summary }) => [id, { fingerprint: '', output: summary }]);
  const stages = existsSync(lock) ? parse(readFileSync(lock, 'utf8')).stages : Object.fromEntries(summaries);
  return { results: stages as Results, warned: /changed while/.test(stdout + stderr) };
}

/** The first stage for which two runs differ. */
function differ(a: Results, b: Results): string | undefined {
  const text = (results: Results, id: string) =>
    JSON.stringify([results[id]?.fingerprint, results[id]?.output]);
  const ids = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...ids].find((id) => text(a, id) !== text(b, id));
}
