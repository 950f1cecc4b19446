import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { artifactDigest } from '../../../src/pipeline/cache/artifact-digest.js';
import { type DiskCache, openCache } from '../../../src/pipeline/cache/open-cache.js';
import type { Entry } from '../../../src/pipeline/cache/types.js';
import { planPipeline, planStage } from '../../../src/pipeline/plan/plan.js';
import type { Plan, PlannedStage, PlanOptions } from '../../../src/pipeline/plan/types.js';
import type { Pipeline, PipelineStage } from '../../../src/pipeline/recipe/pipeline.js';
import type { Place, StageType } from '../../../src/stage/stage-type.js';
import { tempFolder } from '../cache/support.js';

interface StageSketch {
  uses: string;
  from?: Record<string, string>;
  with?: Record<string, unknown>;
  type?: Partial<StageType>;
}

/** A project in a temporary folder: modules of fake stage types, a cache, and pipelines made of sketches. */
export class Project {
  readonly dir = tempFolder();
  readonly place: Place = {
    recipeDir: this.dir,
    projectDir: this.dir,
    resolve: (path) => resolve(this.dir, path),
    repository: () => Promise.reject(new Error('no plan here asks the Hub')),
  };

  cache(): Promise<DiskCache> {
    return openCache(join(this.dir, '.etude'));
  }

  write(file: string, text: string): string {
    const path = join(this.dir, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  pipeline(stages: Record<string, StageSketch>, name = 'test'): Pipeline {
    return {
      name,
      file: join(this.dir, 'recipe.yaml'),
      place: this.place,
      params: {},
      stages: Object.entries(stages).map(([id, sketch]) => this.#stage(id, sketch)),
    };
  }

  #stage(id: string, { uses, from = {}, with: params = {}, type = {} }: StageSketch): PipelineStage {
    const module = join(this.dir, 'stages', `${uses}.js`);
    const output = { kind: 'report' as const, metrics: {}, files: {} };
    return {
      id,
      uses,
      module,
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
}

/** A source parameter `path`, which names files one by one. */
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
 * Runs a pipeline as far as the cache is concerned: the result of a stage is `results[id]`, else a text of
 * all its fingerprint. Answers the ids that were computed.
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

/** A plan as one line a stage: `id hit`, `id run: reasons`, `id blocked: reasons`. */
export function linesOf(plan: Plan): string[] {
  return plan.stages.map(lineOf);
}

function lineOf(planned: PlannedStage): string {
  if (planned.type === 'hit') return `${planned.stage.id} hit`;
  return `${planned.stage.id} ${planned.type}: ${planned.because.map(({ text }) => text).join('; ')}`;
}
