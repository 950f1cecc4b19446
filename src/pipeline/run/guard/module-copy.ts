/**
 * Modules are loaded once per process; one with another query is another module, though it is the same file.
 */
const COPY = 'etude-copy';

/** The URL of a module's copy for one stage of many. */
export function copyOf(href: string, number: number | string): string {
  const url = new URL(href);
  url.searchParams.set(COPY, String(number));
  return url.href;
}

/** Which copy a module belongs to, if it is one. */
export function copyNumber(href: string | undefined): string | undefined {
  if (!href?.includes(`${COPY}=`)) return undefined;
  return new URL(href).searchParams.get(COPY) ?? undefined;
}
