/** What a request to log may have at most (`runs/log-batch`). */
export const MOST_METRICS = 1000;
export const MOST_PARAMS = 100;

/** Characters (mlflow/utils/validation.py of MLflow 3). */
const LONGEST_KEY = 250;
const LONGEST_PARAM = 6000;
const LONGEST_TAG = 5000;

/** A name that every store takes: one that it does not take makes it refuse the whole request. */
const NAME = /^\w[\w. -]*$/;

/**
 * Parameters as transformers' `MLflowCallback` names them: the model's configuration and the training's
 * arguments, as Python prints them. Like it, this leaves out what is too long for MLflow.
 */
export function mlflowParams(
  config: Readonly<Record<string, unknown>>,
  args: Readonly<Record<string, unknown>>,
): { key: string; value: string }[] {
  return Object.entries({ ...config, ...args })
    .map(([key, value]) => ({ key, value: asPython(value) }))
    .filter(({ key, value }) => isKey(key) && value.length <= LONGEST_PARAM);
}

/** The name of a metric as MLflow takes it. */
export function mlflowMetric(name: string): string {
  const word = name.replaceAll(/[^\w. -]/g, '_').slice(0, LONGEST_KEY);
  return NAME.test(word) ? word : `_${word.slice(1)}`;
}

/** Whether MLflow takes a tag. */
export function isTag([key, value]: readonly [string, string]): boolean {
  return isKey(key) && value.length <= LONGEST_TAG;
}

function isKey(key: string): boolean {
  return NAME.test(key) && key.length <= LONGEST_KEY;
}

function asPython(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' && value !== 0 && Math.abs(value) < 1e-4)
    return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
