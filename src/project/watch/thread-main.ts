/**
 * The thread of a watch: opens, plans and runs a recipe with stage modules as they were when it started. A
 * changed module requires a new thread, because each imports a module only once.
 */
import { relative } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { ownParts } from '../../pipeline/plan/fingerprint.js';
import { chooseStages } from '../../pipeline/recipe/choose-stages.js';
import { EtudeError, messageOf } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { planRow } from '../plan-rows.js';
import { openProject } from '../project.js';
import type { Recipe } from '../recipe.js';
import { RecipeError } from '../recipe-error.js';
import type { RunResult } from '../run.js';
import type { FromThread, Opened, Planned, Ran, StageParts, ToThread, WatchTask } from './messages.js';
import { modulesBelow, sourcesOf } from './watched-paths.js';

const task = workerData as WatchTask;
const port = parentPort!;
const send = (message: FromThread) => port.postMessage(message);
const project = openProject({ ...task.project, warn: (text) => send({ type: 'warning', text }) });
let recipe: Recipe | undefined;
let stop = new AbortController();
let kill = new AbortController();

port.on('message', (message: ToThread) => {
  if (message.type === 'stop') stop.abort();
  else if (message.type === 'kill') kill.abort();
  else void answer(message.id, { open, plan, run }[message.type]);
});

async function answer(id: number, work: () => Promise<Opened | Planned | Ran>): Promise<void> {
  try {
    send({ type: 'answer', id, answer: await work() });
  } catch (error) {
    send({ type: 'failed', id, text: messageOf(error) });
  }
}

async function open(): Promise<Opened> {
  const paths = new Set<string>();
  const onPath = (path: string) => {
    if (paths.has(path)) return;
    paths.add(path);
    send({ type: 'path', path });
  };
  recipe = undefined;
  try {
    recipe = await project.open(task.file, { ...task.overrides, onPath });
    const sources = await sourcesOf(recipe.pipeline, paths);
    return { modules: await modulesBelow(paths), sources, warnings: [...recipe.warnings] };
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    const problems = error.problems.map((problem) => ({ problem, source: problem.source }));
    const modules = await modulesBelow(paths);
    return { modules, sources: [], problems, warnings: [...error.warnings] };
  }
}

async function plan(): Promise<Planned> {
  const opened = recipe!;
  const { stages, until } = task.run;
  const planned = await opened.plan({ stages, until });
  return { stages: planned.stages.map(planRow), parts: await partsOf(opened) };
}

/** `undefined` if some data cannot be read. */
async function partsOf(opened: Recipe): Promise<StageParts[] | undefined> {
  const setting = await opened.setting();
  const { pipeline } = chooseStages(opened.pipeline, task.run);
  const options = { ...setting, place: pipeline.place };
  try {
    return await Promise.all(
      pipeline.stages.map(async (stage): Promise<StageParts> => {
        const { parts } = await ownParts(stage, options);
        return { id: stage.id, from: stage.from, parts };
      }),
    );
  } catch (error) {
    if (error instanceof EtudeError) return undefined;
    throw error;
  }
}

async function run(): Promise<Ran> {
  stop = new AbortController();
  kill = new AbortController();
  const running = await recipe!.run({ ...task.run, signal: stop.signal, kill: kill.signal });
  for await (const event of running) send({ type: 'event', event });
  const result = await running.result;
  return { finished: result.finished, notes: notesOf(result) };
}

function notesOf({ lock, remote }: RunResult): string[] {
  const notes: string[] = [];
  if (lock?.type === 'failed') notes.push(`! the lock file was not written: ${lock.problem}`);
  else if (lock !== undefined && lock.type !== 'kept') notes.push(`${relative('', lock.file)} ${lock.type}`);
  if (remote !== undefined && remote.results > 0)
    notes.push(`${count(remote.results, 'result')} from the remote cache`);
  return notes;
}
