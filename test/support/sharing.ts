import { after } from 'node:test';
import type { Project, RunResult } from './project.js';
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

const projects: Project[] = [];
after(() => {
  for (const project of projects) project.remove();
});

/** A clone: the same recipe and clips, in another folder with a cache of its own. */
export function clone(env: Record<string, string> = {}): Project {
  const project = toneProject(12);
  projects.push(project);
  project.write('recipe.yaml', RECIPE);
  Object.assign(project.env, env);
  return project;
}

/** A clone in which all has been computed already, as it was in another one. */
export function cloneOf(computed: Project): Project {
  const project = computed.copy();
  projects.push(project);
  return project;
}

export function warningsOf({ events }: RunResult): string[] {
  return events.flatMap((event) => (event.type === 'warning' ? [event.text] : []));
}
