import { isBuiltIn } from '../../stage/find-stage-type.js';
import type { Executor, StageWork, WorkListener } from './executor.js';
import { runStageProcess } from './one-shot-process.js';
import type { RunFolder } from './run-records.js';
import type { StagePool } from './stage-pool.js';
import type { StageOutput } from './stage-task.js';

/** Computes stages in processes of this machine. */
export class LocalExecutor implements Executor {
  /**
   * @param pool Processes for stages that do not need their own.
   * @param folder Where the others have their task, output and log.
   */
  constructor(
    private readonly pool: Pick<StagePool, 'run'>,
    private readonly folder: Pick<RunFolder, 'stage'>,
  ) {}

  run({ stage, task }: StageWork, listener: WorkListener): Promise<StageOutput> {
    // What an engine has taken, only the end of its process gives back.
    const isShared = !stage.type.usesEngine && (stage.type.cores !== 'all' || isBuiltIn(stage.module));
    return isShared
      ? this.pool.run(task, listener)
      : runStageProcess(task, { ...listener, folder: this.folder.stage(stage.id) });
  }
}
