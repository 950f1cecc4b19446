import type { EngineName } from '../engine/engine-type.js';
import type { ServerOptions } from '../serve/options.js';
import { type RunningServer, startServer } from '../serve/start-server.js';
import { filesOfModel, type LoadClassifierOptions } from './classifier.js';
import type { OpenedProject } from './project-types.js';
import { version } from './version.js';

export type { RunningServer } from '../serve/start-server.js';

export interface ServeOptions extends LoadClassifierOptions, ServerOptions {}

/** See `Project.serve`. */
export async function serveModel(
  project: OpenedProject,
  model: string,
  options: ServeOptions & Required<Pick<LoadClassifierOptions, 'open'>>,
): Promise<RunningServer> {
  const { open, revision, progress, log, signal } = options;
  const files = await filesOfModel(project, model, { open, revision, progress, log, signal });
  const { name, device, note } = await project.resolveEngine({ check: true });
  if (note !== undefined) project.warn(note);
  return startServer({ files, name: model, engine: { name: name as EngineName, device } }, options, {
    version: version(),
    warn: (text) => project.warn(text),
  });
}
