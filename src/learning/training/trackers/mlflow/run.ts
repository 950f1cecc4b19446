import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MLflowClient, MLflowError } from './client.js';
import type { MLflowSettings } from './settings.js';

/** Remembers the run of a training that is interrupted. */
const FILE = 'mlflow-run.json';

/** What a run is created with. */
export interface MLflowRun {
  name: string;
  /** A folder that an interrupted training finds again. */
  scratch: string;
}

/**
 * The run of a training: the one that an interrupted training has begun, the one that MLFLOW_RUN_ID names, or
 * a new one.
 *
 * @param isResumed Whether an interrupted training may have begun one.
 * @returns Whether it has this training's log so far, and its parameters or others, which MLflow never
 * replaces.
 * @throws MLflowError
 */
export async function openRun(
  client: MLflowClient,
  { url, runId, experiment, tags }: MLflowSettings,
  { name, scratch }: MLflowRun,
  isResumed: boolean,
): Promise<{ id: string; hasLog: boolean; hasParams: boolean }> {
  const file = join(scratch, FILE);
  const begun = isResumed ? await readBegun(file) : undefined;
  if (begun?.url === url && (await continues(client, begun.id)))
    return { id: begun.id, hasLog: true, hasParams: true };
  const remember = (id: string) => writeFile(file, JSON.stringify({ url, id })).catch(() => undefined);
  if (runId !== undefined) {
    const hasParams = await reattach(client, runId);
    await remember(runId);
    return { id: runId, hasLog: false, hasParams };
  }
  const experimentId = experiment === undefined ? '0' : await experimentNamed(client, experiment);
  const all = { 'mlflow.source.name': 'etude', 'mlflow.source.type': 'LOCAL', ...tags };
  const { run } = await client.post('runs/create', {
    experiment_id: experimentId,
    run_name: name,
    start_time: Date.now(),
    tags: Object.entries(all).map(([key, value]) => ({ key, value })),
  });
  const id = stringAt(run, 'info', 'run_id');
  await remember(id);
  return { id, hasLog: false, hasParams: false };
}

/** Makes a run that exists go on; resolves to whether it has parameters. */
async function reattach(client: MLflowClient, id: string): Promise<boolean> {
  if (!(await continues(client, id)))
    throw new MLflowError('MLFLOW_RUN_ID names no run that can be continued', 404);
  const { run } = await client.get('runs/get', { run_id: id });
  const params = (run as { data?: { params?: unknown } } | undefined)?.data?.params;
  return Array.isArray(params) && params.length > 0;
}

/** Whether a run is still there; if so, it is running again. */
async function continues(client: MLflowClient, id: string): Promise<boolean> {
  try {
    await client.post('runs/update', { run_id: id, status: 'RUNNING' });
    return true;
  } catch (error) {
    if (error instanceof MLflowError && !error.isTemporary) return false;
    throw error;
  }
}

/** The id of an experiment, which is created if there is none. */
async function experimentNamed(client: MLflowClient, name: string): Promise<string> {
  const find = async () => {
    const { experiment } = await client.get('experiments/get-by-name', { experiment_name: name });
    return stringAt(experiment, 'experiment_id');
  };
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof MLflowError && error.code === 'RESOURCE_DOES_NOT_EXIST')) throw error;
  }
  try {
    return stringAt(await client.post('experiments/create', { name }), 'experiment_id');
  } catch (error) {
    // Another training has created it meanwhile.
    if (error instanceof MLflowError && error.code === 'RESOURCE_ALREADY_EXISTS') return find();
    throw error;
  }
}

async function readBegun(file: string): Promise<{ url: string; id: string } | undefined> {
  try {
    const { url, id } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    return typeof url === 'string' && typeof id === 'string' ? { url, id } : undefined;
  } catch {
    return undefined;
  }
}

function stringAt(value: unknown, ...keys: string[]): string {
  const found = keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
  if (typeof found === 'string') return found;
  throw new MLflowError('what answers is not MLflow', 400);
}
