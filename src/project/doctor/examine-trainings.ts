import { randomUUID } from 'node:crypto';
import { showPresence } from '../../pipeline/cache/presence.js';
import type { Entry } from '../../pipeline/cache/types.js';
import { planPipeline } from '../../pipeline/plan/plan-stages.js';
import { findStage } from '../../pipeline/recipe/find-stage.js';
import { EtudeError } from '../../util/errors.js';
import { stagesToName } from '../artifact.js';
import type { OpenedRecipe } from '../project-types.js';
import { checkBaseline } from './baseline.js';
import { checkClasses } from './classes.js';
import { checkConflicts } from './conflicts.js';
import type { Finding } from './finding.js';
import { checkLabelNoise } from './label-noise.js';
import { checkOverfit } from './overfit.js';
import { checkPadding } from './padding.js';
import { checkSchedule } from './schedule.js';
import { collectFacts } from './training-facts.js';
import { checkTruncation } from './truncation.js';

export interface ExamineOptions {
  /** A stage that trains; default: all of them. */
  stage?: string;
  /** The most updates of the training on 16 clips; 0: it is left out. Default 60. */
  steps?: number;
  /** Ends a training. */
  signal?: AbortSignal;
  /** The recipe as commands name it. Default: its path. */
  shown?: string;
  /** Called with each finding as soon as it is known. */
  onFinding?(stage: string, finding: Finding): void;
  /** Called while a training is in progress, with its loss. */
  onStep?(stage: string, step: number, steps: number, loss: number): void;
}

/** What was found about a training. */
export interface ExaminedTraining {
  stage: string;
  findings: Finding[];
}

const STEPS = 60;

/** See `Recipe.examine`. */
export async function examineTrainings(
  recipe: OpenedRecipe,
  options: ExamineOptions = {},
): Promise<ExaminedTraining[]> {
  const { pipeline, project } = recipe;
  const { stage: asked, steps = STEPS, signal, shown = recipe.file, onFinding, onStep } = options;
  const trainings =
    asked === undefined
      ? pipeline.stages.filter(({ uses }) => uses === 'train')
      : [findStage(pipeline, asked)];
  const [training] = trainings;
  if (training?.uses !== 'train') {
    throw new EtudeError(
      asked === undefined ? 'no stage of this recipe trains' : `stage '${asked}' does not train`,
      {
        expected: stagesToName(
          { ...pipeline, stages: pipeline.stages.filter(({ uses }) => uses === 'train') },
          'model',
        ),
      },
    );
  }
  const setting = await recipe.setting();
  const { cache } = setting;
  const presence = await showPresence(cache, `doctor-${randomUUID()}`);
  try {
    const plan = await planPipeline(setting);
    await cache.flush();
    const entries = new Map<string, Entry>();
    for (const planned of plan.stages)
      if (planned.type === 'hit') entries.set(planned.stage.id, planned.entry);
    const examined: ExaminedTraining[] = [];
    for (const stage of trainings) {
      const facts = await collectFacts(stage, recipe, { entries, objects: cache.objects, shown });
      const findings: Finding[] = [];
      const found = (finding: Finding) => {
        findings.push(finding);
        onFinding?.(stage.id, finding);
      };
      for (const check of [
        checkClasses,
        checkTruncation,
        checkPadding,
        checkSchedule,
        checkBaseline,
        checkConflicts,
        checkLabelNoise,
      ]) {
        signal?.throwIfAborted();
        found(await check(facts));
      }
      const engine = await project.resolveEngine({ check: steps > 0 });
      const overfit = { pipeline, cache, engine, entries, steps, signal };
      found(
        await checkOverfit(stage, facts, { ...overfit, onStep: (...step) => onStep?.(stage.id, ...step) }),
      );
      examined.push({ stage: stage.id, findings });
    }
    return examined;
  } finally {
    await presence?.release();
  }
}
