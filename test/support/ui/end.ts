/** Asks whoever reads the terminal whether all has been read: ENQ, which shows nothing. */
export const END = '\u0005';
