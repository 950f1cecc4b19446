import type { EnsureOptions, Origin, Place, SourceFile } from '../../stage/stage-type.js';

/**
 * Downloads what a stage reads from the Hub, at the commits that the plan found: the plan used only the
 * digests of its files. Files that are already in the cache are checked against these.
 */
export async function fetchSources(
  sources: Readonly<Record<string, readonly SourceFile[]>>,
  place: Place,
  options: EnsureOptions,
): Promise<void> {
  const groups = new Map<string, Origin[]>();
  for (const { origin } of Object.values(sources).flat()) {
    if (origin === undefined) continue;
    const key = JSON.stringify([origin.type, origin.id, origin.commit]);
    groups.set(key, [...(groups.get(key) ?? []), origin]);
  }
  for (const origins of groups.values()) {
    const { type, id, commit } = origins[0]!;
    const repository = await place.repository(type, id, commit);
    await repository.ensure(
      origins.map(({ file }) => file),
      options,
    );
  }
}
