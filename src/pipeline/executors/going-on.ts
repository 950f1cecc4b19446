/** Of as many jobs, the ids are named. */
const NAMED = 3;

/** What a run reports of a stage whose jobs it leaves running. */
export function goingOn(ids: readonly string[], executor: string): string {
  const more = ids.length > NAMED ? ` and ${ids.length - NAMED} more` : '';
  const named = ids.slice(0, NAMED).join(', ') + more;
  return ids.length === 1
    ? `job ${named} of ${executor} goes on: run again to watch it`
    : `jobs ${named} of ${executor} go on: run again to watch them`;
}

/** The id of the array that a job is an element of; otherwise its own. */
export function arrayOf(id: string): string {
  return id.replace(/_\d+$/, '');
}
