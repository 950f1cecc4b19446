import type { StageDraft } from './draft.js';
import type { Path, RecipeSource } from './source.js';

/**
 * The stages in an order in which each comes after its inputs, in recipe order otherwise. Cycles are
 * reported, one problem each with the way round (`a → b → a`, in the direction in which results flow); their
 * stages and what hangs on them are left out.
 */
export function orderStages(drafts: ReadonlyMap<string, StageDraft>, source: RecipeSource): StageDraft[] {
  const ordered = new Set<StageDraft>();
  const left = [...drafts.values()];
  for (;;) {
    const index = left.findIndex((draft) =>
      Object.values(draft.inputs).every((id) => ordered.has(drafts.get(id)!)),
    );
    if (index === -1) break;
    ordered.add(left.splice(index, 1)[0]!);
  }
  const reported = new Set<StageDraft>();
  for (const draft of left) {
    const cycle = cycleThrough(draft, drafts);
    if (cycle === undefined || cycle.some((member) => reported.has(member))) continue;
    for (const member of cycle) reported.add(member);
    const way = [...cycle, draft].map((member) => member.id).join(' → ');
    source.add(wireTo(draft, cycle.at(-1)!.id), 'value', { message: `the stages form a cycle: ${way}` });
  }
  return [...ordered];
}

/** The shortest way round from a stage to itself, following results downstream. */
function cycleThrough(start: StageDraft, drafts: ReadonlyMap<string, StageDraft>): StageDraft[] | undefined {
  const next = new Map<StageDraft, StageDraft>();
  const queue = [start];
  for (const draft of queue) {
    for (const id of Object.values(draft.inputs)) {
      const upstream = drafts.get(id)!;
      if (upstream === start) {
        const cycle = [start];
        for (let at: StageDraft | undefined = draft; at !== undefined && at !== start; at = next.get(at))
          cycle.push(at);
        return cycle;
      }
      if (next.has(upstream)) continue;
      next.set(upstream, draft);
      queue.push(upstream);
    }
  }
  return undefined;
}

function wireTo(draft: StageDraft, id: string): Path {
  const path: Path = ['stages', draft.id, 'from'];
  if (typeof draft.from === 'string') return path;
  const input = Object.entries(draft.inputs).find(([, from]) => from === id)?.[0];
  return input === undefined ? path : [...path, input];
}
