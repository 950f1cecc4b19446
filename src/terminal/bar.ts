/** A progress bar of two parts, so that each can have its own colour: `━━━━━╸` and `────`. */
export function bar(fraction: number, width: number): { full: string; rest: string } {
  const halves = Math.round(Math.min(1, Math.max(0, fraction || 0)) * width * 2);
  const full = '━'.repeat(halves >> 1) + (halves & 1 ? '╸' : '');
  return { full, rest: '─'.repeat(Math.max(0, width - full.length)) };
}
