import type { Artifact, ArtifactKind } from '../../stage/artifact.js';
import { copyModelFile, filesOfModel } from '../../stage/model-files.js';
import { span } from '../../terminal/line.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { interruptible } from '../interruptible.js';
import { openRecipe, type RecipeOptions } from '../open.js';
import { fillFolder } from '../output-folder.js';
import { printLines } from '../print.js';

export interface ExportOptions extends RecipeOptions {
  output: string;
  force?: boolean;
}

export interface ExportDatasetOptions extends ExportOptions {
  split?: string;
  /** Bytes. */
  maxShardSize?: number;
}

/**
 * `etude export dataset RECIPE STAGE --output DIR`: writes a dataset as `save_to_disk` of Hugging Face
 * datasets does.
 */
export async function exportDataset(
  recipe: string,
  stage: string,
  options: ExportDatasetOptions,
): Promise<void> {
  const { artifact, objects } = await (await openRecipe(recipe, options)).artifact(stage);
  if (artifact.kind !== 'dataset') throw wrongKind(stage, artifact, 'dataset');
  const names = Object.keys(artifact.splits);
  const { split } = options;
  if (split !== undefined && !names.includes(split)) {
    throw new EtudeError(`the dataset has no split '${split}'`, { expected: `one of ${names.join(', ')}` });
  }
  const { MAX_SHARD_SIZE, saveToDisk } = await import('../../learning/data/save/save-to-disk.js');
  const done = await exporting((signal) =>
    fillFolder(options.output, options, (folder) =>
      saveToDisk(artifact, objects, folder, {
        split,
        max_shard_size: options.maxShardSize ?? MAX_SHARD_SIZE,
        signal,
      }),
    ),
  );
  if (!done) return;
  const rows = (split === undefined ? names : [split]).map(
    (name) => `${name} ${artifact.splits[name]!.num_rows}`,
  );
  printLines([[span(`${options.output}  ${rows.join(', ')}`)]]);
}

/** `etude export model RECIPE STAGE --output DIR`: copies a model's folder in the Hugging Face layout. */
export async function exportModel(recipe: string, stage: string, options: ExportOptions): Promise<void> {
  const { artifact, objects } = await (await openRecipe(recipe, options)).artifact(stage);
  if (artifact.kind !== 'model') throw wrongKind(stage, artifact, 'model');
  const files = filesOfModel(artifact);
  const done = await exporting((signal) =>
    fillFolder(options.output, options, async (folder) => {
      for (const [name, ref] of files) {
        signal.throwIfAborted();
        await copyModelFile(folder, name, ref, objects);
      }
      return files.map(([name]) => name);
    }),
  );
  if (done) printLines([[span(`${options.output}  ${count(files.length, 'file')}`)]]);
}

/** Resolves to whether the work came to its end. */
async function exporting(work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const done = await interruptible('nothing was exported', async (signal) => {
    await work(signal);
    return true;
  });
  return done === true;
}

const words: Record<ArtifactKind, string> = { dataset: 'a dataset', model: 'a model', report: 'a report' };

function wrongKind(stage: string, { kind }: Artifact, expected: ArtifactKind): EtudeError {
  return new EtudeError(`stage '${stage}' makes ${words[kind]}`, {
    expected: `a stage that makes ${words[expected]}`,
    hint: kind === 'report' ? undefined : `Use: etude export ${kind} …`,
  });
}
