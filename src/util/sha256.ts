import crypto from 'node:crypto';

/** Lower-case hexadecimal SHA-256 of bytes or of a string's UTF-8. */
export function sha256(data: Uint8Array | string): string {
  // In one call it takes half the time for short texts; Node has that since 20.12.
  if (typeof crypto.hash === 'function') return crypto.hash('sha256', data, 'hex');
  return crypto.createHash('sha256').update(data).digest('hex');
}
