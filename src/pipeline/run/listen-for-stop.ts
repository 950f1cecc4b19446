/** Calls `abort` and `kill` when their signals are aborted, including if they already are. */
export function listenForStop(
  { signal, kill }: { signal: AbortSignal; kill: AbortSignal },
  call: { abort(): void; kill(): void },
): { dispose(): void } {
  const pairs = [[signal, call.abort] as const, [kill, call.kill] as const];
  for (const [each, listener] of pairs) {
    if (each.aborted) listener();
    else each.addEventListener('abort', listener, { once: true });
  }
  return {
    dispose() {
      for (const [each, listener] of pairs) each.removeEventListener('abort', listener);
    },
  };
}
