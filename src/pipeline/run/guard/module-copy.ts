/** Modules are loaded once per process; with another query, the same file is another module. */
const COPY = 'etude-copy';

/** The URL of a module's copy for one of many stages. */
export function copyOf(href: string, number: number | string): string {
  const url = new URL(href);
  url.searchParams.set(COPY, String(number));
  return url.href;
}

/** Which copy a module is, if it is one. */
export function copyNumber(href: string | undefined): string | undefined {
  if (!href?.includes(`${COPY}=`)) return undefined;
  return new URL(href).searchParams.get(COPY) ?? undefined;
}
