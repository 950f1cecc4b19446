import type { Path, RecipeSource } from './source-positions.js';
import type { StageDraft } from './stage-draft.js';
import { wirePath } from './wiring.js';

/**
 * The stages in an order in which each comes after its inputs, otherwise in recipe order. Cycles are
 * reported, one problem each with the path (`a → b → a`, in the direction in which results flow); their
 * stages and dependents are left out.
 */
export function orderStages(drafts: ReadonlyMap<string, StageDraft>, source: RecipeSource): StageDraft[] {
  const ordered = inRunningOrder(drafts);
  const left = [...drafts.values()].filter((draft) => !ordered.has(draft));
  const reported = new Set<StageDraft>();
  for (const draft of left) {
    if (reported.has(draft)) continue;
    const cycle = cycleThrough(draft, drafts);
    if (cycle === undefined || cycle.some((member) => reported.has(member))) continue;
    for (const member of cycle) reported.add(member);
    const way = [...cycle, draft].map((member) => member.id).join(' → ');
    source.add(wireTo(draft, cycle.at(-1)!.id), 'value', { message: `the stages form a cycle: ${way}` });
  }
  return [...ordered];
}

/**
 * Repeatedly the first stage of the recipe whose inputs are all done; those that never become ready are left
 * out.
 */
function inRunningOrder(drafts: ReadonlyMap<string, StageDraft>): Set<StageDraft> {
  const all = [...drafts.values()];
  const places = new Map(all.map((draft, place) => [draft, place]));
  const followers = new Map<StageDraft, StageDraft[]>();
  const missing = all.map(({ inputs }) => new Set(Object.values(inputs)).size);
  for (const draft of all) {
    for (const id of new Set(Object.values(draft.inputs))) {
      const list = followers.get(drafts.get(id)!);
      if (list === undefined) followers.set(drafts.get(id)!, [draft]);
      else list.push(draft);
    }
  }
  const ordered = new Set<StageDraft>();
  for (let place = 0; place < all.length; ) {
    const draft = all[place++]!;
    if (missing[place - 1] !== 0 || ordered.has(draft)) continue;
    ordered.add(draft);
    // An earlier one may have become ready.
    for (const follower of followers.get(draft) ?? []) {
      const at = places.get(follower)!;
      missing[at]! -= 1;
      if (missing[at] === 0 && at < place) place = at;
    }
  }
  return ordered;
}

/** The shortest cycle through a stage, following results downstream. */
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
  const input = Object.entries(draft.inputs).find(([, from]) => from === id)?.[0];
  return input === undefined ? ['stages', draft.id, 'from'] : wirePath(draft, input);
}
