import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportedRun } from '../../learning/report/section.js';
import type { Cache, Entry } from '../../pipeline/cache/types.js';
import { type ResolvedStage, readResolved, wiresOf } from '../../pipeline/diff/run-side.js';
import type { RunEvent, StageOutcome } from '../../pipeline/run/events/run-events.js';
import type { RunRecord } from '../../pipeline/run/run-records.js';
import { nearestAudio } from '../../pipeline/run/upstream-audio.js';
import { findBuiltIn } from '../../stage/find-stage-type.js';
import { quoted } from '../../util/shell-word.js';
import { cellName } from './recipe-runs.js';
import { reportedRun, type StageOfRun } from './reported-run.js';

/** A past run, or the combinations of its matrix, as far as the cache still has the results. */
export async function runsOfRecord(record: RunRecord, cache: Cache): Promise<ReportedRun[]> {
  const folder = join(cache.dir, 'runs', record.run);
  const resolved = await readResolved(join(folder, 'recipe.yaml'));
  const text = await readFile(join(folder, 'recipe.yaml'), 'utf8');
  const outcomes = await readOutcomes(join(folder, 'events.ndjson'));
  const entries = new Map<string, Entry>();
  for (const [id, fingerprint] of Object.entries(record.fingerprints ?? {})) {
    const found = await cache.lookup(fingerprint);
    if (found.type === 'hit') entries.set(id, found.entry);
  }
  const all = Object.fromEntries(Object.keys(resolved).map((id) => [id, id]));
  const cells = record.matrix?.cells.map(({ params, stages }) => ({
    name: ` · ${cellName(params)}`,
    stages,
  }));
  const clipsOf = await clipSources(resolved, entries);
  return (cells ?? [{ name: '', stages: all }]).map(({ name, stages }) => {
    const ids = new Map(Object.entries(stages).map(([id, variant]) => [variant, id]));
    const ofRun = Object.entries(resolved).flatMap(
      ([variant, { uses, from, with: params = {} }]): StageOfRun[] => {
        const id = ids.get(variant);
        if (id === undefined) return [];
        const entry = entries.get(variant);
        const [first = 'input'] = Object.keys(entry?.parts.inputs ?? {});
        const wires = Object.entries(wiresOf(from, first)).map(([input, source]) => [
          input,
          ids.get(source) ?? source,
        ]);
        const status = outcomes.get(variant)?.status ?? (entry ? 'cached' : 'skipped');
        return [{ id, uses, from: Object.fromEntries(wires), params, entry, status }];
      },
    );
    return reportedRun({
      name: `${record.pipeline} · ${record.run}${name}`,
      group: record.pipeline,
      cache,
      stages: ofRun,
      recipe: text,
      clipsOf: (id) => clipsOf(stages[id] ?? id),
      facts: [
        ['Recipe', record.recipe],
        ['Run', record.run],
        ['Started', record.started],
        ['Status', record.status],
      ],
      commands: [`etude run ${quoted(record.recipe)}`],
    });
  });
}

/** The data with audio before each evaluation, as far as built-in stages lead there. */
async function clipSources(
  resolved: Readonly<Record<string, ResolvedStage>>,
  entries: ReadonlyMap<string, Entry>,
): Promise<NonNullable<ReportedRun['clipsOf']>> {
  const steps = await Promise.all(
    Object.entries(resolved).map(async ([id, { uses, from }]) => {
      const [first = 'input'] = Object.keys(entries.get(id)?.parts.inputs ?? {});
      const { keepsRows, chunkwise, joinsChunks } = (await findBuiltIn(uses))?.type ?? {};
      return { id, from: wiresOf(from, first), type: { keepsRows, chunkwise, joinsChunks } };
    }),
  );
  return (id) => {
    const step = steps.find((each) => each.id === id);
    return step && nearestAudio(step, steps, (each) => entries.get(each)?.artifact);
  };
}

/** How each stage ended, as far as the record of events goes: a killed run has cut it off. */
async function readOutcomes(file: string): Promise<Map<string, StageOutcome>> {
  const outcomes = new Map<string, StageOutcome>();
  const text = await readFile(file, 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    try {
      const event = JSON.parse(line) as RunEvent;
      if (event.type === 'stage-finished') outcomes.set(event.id, event);
    } catch {
      // The last line of a killed run.
    }
  }
  return outcomes;
}
