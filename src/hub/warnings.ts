/** What a person should know of how the Hub was read, each once a process. */
const told = new Set<string>();
let pending: string[] = [];

export function warn(text: string): void {
  if (told.has(text)) return;
  told.add(text);
  pending.push(text);
}

/** The warnings since the last call. */
export function takeHubWarnings(): string[] {
  const texts = pending;
  pending = [];
  return texts;
}
