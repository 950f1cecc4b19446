import type { Pipeline, PipelineStage } from '../../recipe/pipeline.js';
import { secondsOf } from '../../recipe/resources.js';
import { isChosen, resourcesFor } from '../job-resources.js';
import { jobLines, setupLines } from '../job-script.js';
import { OWN, podParts, SAVING_SECONDS } from './manifest.js';
import { dnsName, LABELS, labelValue } from './names.js';
import type { KubernetesProfile } from './types.js';

/** The task after all others: what they have not computed, and the lock file. */
const LAST = 'rest';
const DAG = 'stages';

/**
 * A recipe as a Workflow of Argo (argoproj.io/v1alpha1): one pod per stage that the profile gives away, which
 * runs that stage and whatever it needs and the cache does not have, and at the end one for the entire
 * recipe. The cache that they share decides what is done, so that a workflow that is submitted again computes
 * what is missing.
 *
 * @param run The command that runs the recipe, to which stages are added.
 */
export function argoWorkflow(
  { name, stages }: Pick<Pipeline, 'name' | 'stages'>,
  profile: KubernetesProfile,
  run: readonly string[],
): Record<string, unknown> {
  const chosen = stages.filter((stage) => isChosen(stage, profile));
  const names = new Map<string, string>();
  for (const { id } of chosen) names.set(id, freeName(dnsName(id), [...names.values(), LAST, DAG]));
  const byId = new Map(stages.map((stage) => [stage.id, stage]));
  const tasks = chosen.map((stage) => {
    const template = names.get(stage.id)!;
    const before = [...chosenBefore(stage, byId, new Set(names.keys()))].map((id) => names.get(id)!);
    return { name: template, template, ...(before.length > 0 && { dependencies: before }) };
  });
  const all = tasks.map((task) => task.name);
  const last = { name: LAST, template: LAST, ...(all.length > 0 && { dependencies: all }) };
  const { namespace, max_jobs, keep_jobs } = profile;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: {
      generateName: `${dnsName(name)}-`,
      ...(namespace !== undefined && { namespace }),
      labels: OWN,
    },
    spec: {
      entrypoint: DAG,
      parallelism: max_jobs,
      ttlStrategy: { secondsAfterCompletion: secondsOf(keep_jobs) },
      templates: [
        { name: DAG, dag: { tasks: [...tasks, last] } },
        ...chosen.map((stage) => ({
          name: names.get(stage.id),
          metadata: { labels: { ...OWN, [LABELS.stage]: labelValue(stage.id) } },
          ...podOf(profile, stage, [...run, '--no-lock', '--', stage.id]),
        })),
        { name: LAST, metadata: { labels: OWN }, ...podOf(profile, undefined, run) },
      ],
    },
  };
}

/** A pod that runs a command with the resources of a stage, or with those that the profile gives to all. */
function podOf(profile: KubernetesProfile, stage: PipelineStage | undefined, command: readonly string[]) {
  const { retries, pod } = profile;
  const setup = setupLines(profile);
  const words = setup.length === 0 ? command : ['/bin/bash', '-c', jobLines(setup, command).join('\n')];
  const { activeDeadlineSeconds: deadline, ...parts } = podParts(
    resourcesFor(stage ?? NO_STAGE, profile),
    profile,
    words,
  );
  return {
    ...parts,
    // A text for Argo, which could have a parameter in it.
    ...(deadline !== undefined && { activeDeadlineSeconds: String(deadline) }),
    // A pod that was lost; one whose stage has failed would fail again.
    retryStrategy: { limit: String(retries), retryPolicy: 'OnError' },
    podSpecPatch: JSON.stringify({ terminationGracePeriodSeconds: SAVING_SECONDS, ...pod }),
  };
}

/** Has no resources of its own. */
const NO_STAGE = { id: '', uses: '' };

/** The chosen stages that a stage needs, without any between. */
function chosenBefore(
  stage: PipelineStage,
  byId: ReadonlyMap<string, PipelineStage>,
  chosen: ReadonlySet<string>,
): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (ids: readonly string[]) => {
    for (const id of ids) {
      if (seen.has(id)) continue;
      seen.add(id);
      if (chosen.has(id)) found.add(id);
      else visit(Object.values(byId.get(id)?.from ?? {}));
    }
  };
  visit(Object.values(stage.from));
  return found;
}

/** A name that is not taken. */
function freeName(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const numbered = number === 1 ? name : `${name}-${number}`;
    if (!taken.includes(numbered)) return numbered;
  }
}
