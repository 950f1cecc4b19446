import { artifactDigest } from '../../src/pipeline/cache/artifact-digest.js';
import type { DiskCache } from '../../src/pipeline/cache/open-cache.js';
import type { Entry } from '../../src/pipeline/cache/types.js';
import { planPipeline, planStage } from '../../src/pipeline/plan/plan-stages.js';
import type { Plan, PlannedStage, PlanOptions } from '../../src/pipeline/plan/types.js';
import type { Pipeline, PipelineStage } from '../../src/pipeline/recipe/pipeline.js';
import type { StageType } from '../../src/stage/stage-type.js';
import type { Project } from './project.js';
import { placeAt } from './stage.js';

interface StageSketch {
  uses: string;
  from?: Record<string, string>;
  with?: Record<string, unknown>;
  type?: Partial<StageType>;
}

/**
 * A pipeline of fake stage types in a project. The code of `uses: x` is its file `stages/x.js`, which need
 * not be runnable.
 */
export function sketch(project: Project, stages: Record<string, StageSketch>, name = 'test'): Pipeline {
  return {
    name,
    file: project.path('recipe.yaml'),
    place: placeAt(project.dir),
    params: {},
    stages: Object.entries(stages).map(([id, stage]) => sketchStage(project, id, stage)),
  };
}

function sketchStage(
  project: Project,
  id: string,
  { uses, from = {}, with: params = {}, type = {} }: StageSketch,
): PipelineStage {
  const output = { kind: 'report' as const, metrics: {}, files: {} };
  return {
    id,
    uses,
    module: project.path(`stages/${uses}.js`),
    from,
    with: params,
    type: {
      name: uses,
      description: uses,
      inputs: Object.fromEntries(Object.keys(from).map((input) => [input, { kind: 'report' as const }])),
      output: 'report',
      run: async () => ({ artifact: output }),
      ...type,
    },
  };
}

/** A source parameter `path`, which names a single file. */
export const readsPath: Partial<StageType> = {
  sources: async ({ path }, place) => [
    {
      param: 'path',
      files: [path].flat().map((name) => ({ name: String(name), path: place.resolve(String(name)) })),
    },
  ],
};

export function planOf(pipeline: Pipeline, cache: DiskCache, more: Partial<PlanOptions> = {}): Promise<Plan> {
  return planPipeline({ pipeline, cache, engineId: 'onnxruntime-node 1.30.0', ...more });
}

/**
 * Runs a pipeline as far as the cache is concerned: the result of a stage is `results[id]`, otherwise a text
 * of its entire fingerprint. Returns the ids that were computed.
 */
export async function pretendToRun(
  pipeline: Pipeline,
  cache: DiskCache,
  {
    results = {},
    seconds = 1,
    ...more
  }: { results?: Record<string, string>; seconds?: number } & Partial<PlanOptions> = {},
): Promise<string[]> {
  const entries = new Map<string, Entry>();
  const computed: string[] = [];
  for (const stage of pipeline.stages) {
    const planned = await planStage(stage, entries, {
      pipeline,
      cache,
      engineId: 'onnxruntime-node 1.30.0',
      ...more,
    });
    if (planned.type === 'blocked') throw new Error(planned.error);
    if (planned.type === 'hit') {
      entries.set(stage.id, planned.entry);
      continue;
    }
    const ref = await cache.objects.put(Buffer.from(results[stage.id] ?? planned.fingerprint!));
    const artifact = { kind: 'report' as const, metrics: {}, files: { result: ref } };
    const entry: Entry = {
      fingerprint: planned.fingerprint!,
      parts: planned.parts!,
      artifact,
      artifactDigest: artifactDigest(artifact),
      pipeline: pipeline.name,
      stage: stage.id,
      seconds,
      cost: stage.type.cost?.(stage.with) ?? 1,
      created: new Date().toISOString(),
    };
    await cache.commit(entry);
    entries.set(stage.id, entry);
    computed.push(stage.id);
  }
  return computed;
}

/** A plan with one line per stage: `id hit`, `id run: reasons`, `id blocked: reasons`. */
export function linesOf(plan: Plan): string[] {
  return plan.stages.map(lineOf);
}

function lineOf(planned: PlannedStage): string {
  if (planned.type === 'hit') return `${planned.stage.id} hit`;
  return `${planned.stage.id} ${planned.type}: ${planned.because.map(({ text }) => text).join('; ')}`;
}
