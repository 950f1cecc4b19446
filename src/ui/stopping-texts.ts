import type { RunView } from './view-model.js';

/** What a run that was cancelled is doing, and what keys do. */
export function stoppingTexts(decision: RunView['jobsDecision']): { long: string; short: string } {
  switch (decision) {
    case 'ask':
      return {
        long: 'it has jobs: l leaves them running, c cancels them (Ctrl-C again: cancels, and does not wait)',
        short: 'jobs: l leaves them, c cancels them',
      };
    case 'leave':
      return { long: 'stopping: its jobs are left running', short: 'jobs are left running' };
    case 'cancel':
      return {
        long: 'stopping: its jobs are cancelled, and save their state … (Ctrl-C again: do not wait)',
        short: 'cancelling jobs … (Ctrl-C: do not wait)',
      };
    default:
      return {
        long: 'stopping: saving state … (Ctrl-C again to kill)',
        short: 'saving state … (Ctrl-C to kill)',
      };
  }
}
