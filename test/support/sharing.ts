import type { Project } from './project.js';
import { toneProject } from './tone-project.js';

const RECIPE = `name: tones
stages:
  clips:
    uses: load
    with: { path: clips }
  slim:
    uses: rename
    from: clips
    with: { columns: { label: pitch } }
  speech:
    uses: cast-audio
    from: slim
    with: { column: audio, sampling_rate: 16000 }
`;
export const HITS = { clips: 'hit', slim: 'hit', speech: 'hit' };
export const RUNS = { clips: 'run', slim: 'run', speech: 'run' };

/** A clone: the same recipe and clips, in another folder with its own cache. */
export function clone(env: Record<string, string> = {}): Project {
  const project = toneProject(12);
  project.write('recipe.yaml', RECIPE);
  Object.assign(project.env, env);
  return project;
}
