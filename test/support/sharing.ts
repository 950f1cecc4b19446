import { Project } from './project.js';
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

/** Reports with files: those of its input, and its own where there is a number. */
const NOTE_STAGE = `export default {
  name: 'note', description: 'Writes a file.', output: 'report',
  inputs: { before: { kind: 'report', optional: true } },
  schema: { type: 'object', additionalProperties: false, properties: { number: { type: 'number' } } },
  async run({ params: { number }, inputs, objects }) {
    const files = { ...inputs.before?.files };
    if (number !== undefined) files[number + '.txt'] = await objects.put(Buffer.from((number + ' ').repeat(500)));
    return { artifact: { kind: 'report', metrics: {}, files } };
  },
};
`;

const NOTES_RECIPE = `name: notes
stages:
  clips: { uses: ./stages/note.js, with: { number: 8000 } }
  slim: { uses: ./stages/note.js, from: clips }
  speech: { uses: ./stages/note.js, from: slim, with: { number: 16000 } }
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

/** The same with stages that one process computes, for tests that are about the remote. */
export function notesClone(env: Record<string, string> = {}): Project {
  const project = new Project();
  project.write('package.json', '{"type": "module", "private": true}');
  project.write('stages/note.js', NOTE_STAGE);
  project.write('recipe.yaml', NOTES_RECIPE);
  Object.assign(project.env, env);
  return project;
}
