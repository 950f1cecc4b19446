const work = new Set<() => void>();

/**
 * Does something when the process ends, also when it is interrupted or told to end. Answers how to call it
 * off.
 */
export function atEnd(clean: () => void): () => void {
  listen();
  work.add(clean);
  return () => work.delete(clean);
}

let listening = false;

function listen(): void {
  if (listening) return;
  listening = true;
  process.once('exit', () => {
    for (const clean of work) clean();
  });
  // A signal ends a process without that event.
  for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }))
    process.once(signal, () => process.exit(128 + number));
}
