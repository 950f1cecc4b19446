import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { escapeText } from '../learning/report/page/html.js';
import { copyModelFile, filesOfModel } from '../stage/model-files.js';
import { EtudeError } from '../util/errors.js';
import { cachedArtifact } from './artifact.js';
import type { ExportOptions } from './export-stage.js';
import { fillFolder } from './output-folder.js';
import type { OpenedRecipe } from './project-types.js';

/** The files beside the model, which the build makes: `scripts/bundle-web.mjs`. */
const PAGE = fileURLToPath(new URL('../../web/', import.meta.url));

/** Where the page has the recipe's name and description. */
const PLACEHOLDER = /\{\{(name|description)\}\}/g;

/** See `Recipe.exportWeb`. */
export async function exportWeb(
  recipe: OpenedRecipe,
  stage: string,
  folder: string,
  { force, signal }: ExportOptions,
): Promise<string[]> {
  const { artifact, objects } = await cachedArtifact(recipe, stage);
  if (artifact.kind !== 'model' || !Object.keys(artifact.files).some((name) => name.startsWith('onnx/')))
    throw new EtudeError(`stage '${stage}' is not an export of a model`, {
      expected: 'a stage of type export-onnx, or the one that withOnnxExport added',
    });
  const model = filesOfModel(artifact);
  const page = await readdir(PAGE);
  const files = [...model.map(([name]) => name), ...page];
  await fillFolder(recipe.project.pathOf(folder), { force }, async (into) => {
    for (const [name, ref] of model) {
      signal?.throwIfAborted();
      await copyModelFile(into, name, ref, objects);
    }
    for (const name of page) await copyFile(join(PAGE, name), join(into, name));
    await nameThePage(join(into, 'index.html'), recipe.pipeline);
    return files;
  });
  return files;
}

async function nameThePage(
  file: string,
  { name, description = '' }: { name: string; description?: string },
): Promise<void> {
  const texts = { name, description };
  const page = await readFile(file, 'utf8');
  await writeFile(
    file,
    page.replaceAll(PLACEHOLDER, (_, key: keyof typeof texts) => escapeText(texts[key])),
  );
}
