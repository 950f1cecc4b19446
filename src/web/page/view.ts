import type { LabelScore } from '../types.js';
import { seen } from './shown-name.js';

/** The elements of the page. */
export const view = {
  loading: byId('loading'),
  loadingText: byId('loading-text'),
  loadingBar: byId('loading-bar') as HTMLProgressElement,
  problem: byId('problem'),
  ready: byId('ready'),
  facts: byId('facts'),
  listen: byId('listen') as HTMLButtonElement,
  listenText: byId('listen-text'),
  file: byId('file') as HTMLInputElement,
  waveform: byId('waveform') as HTMLCanvasElement,
  heard: byId('heard'),
  player: byId('player') as HTMLAudioElement,
  window: byId('window') as HTMLInputElement,
  best: byId('best'),
  scores: byId('scores'),
  more: byId('more'),
  status: byId('status'),
  drop: byId('drop'),
};

function byId(id: string): HTMLElement {
  return document.getElementById(id)!;
}

/** Shows a problem, or hides the last one. Texts are from anywhere, and only ever text. */
export function showProblem(problem?: { title: string; hint?: string }): void {
  view.problem.hidden = problem === undefined;
  byId('problem-title').textContent = problem?.title ?? '';
  byId('problem-hint').textContent = problem?.hint ?? '';
}

/** Shows which classes there are, before anything is heard. */
export function showClasses(labels: readonly string[], isShare: boolean): void {
  showRows(
    labels.map((label) => ({ label })),
    isShare,
  );
  view.best.textContent = 'Nothing heard yet';
  view.best.classList.remove('known');
}

/** Shows scores, as bars if they are parts of a whole or probabilities. */
export function showScores(scores: readonly LabelScore[], isShare: boolean): void {
  const [best] = [...scores].sort((one, other) => other.score - one.score);
  showRows(scores, isShare, best?.label);
  view.best.textContent = seen(best?.label ?? '');
  view.best.classList.add('known');
}

type Row = Pick<LabelScore, 'label'> & Partial<LabelScore>;

function showRows(scores: readonly Row[], isShare: boolean, best?: string): void {
  const rows = [...view.scores.children] as HTMLElement[];
  for (const row of rows.slice(scores.length)) row.remove();
  for (const [index, { label, score }] of scores.entries()) {
    const row = rows[index] ?? view.scores.appendChild(newRow());
    const [name, number, bar] = [...row.children] as [HTMLElement, HTMLElement, HTMLElement];
    name.textContent = seen(label);
    number.textContent =
      score === undefined ? '' : isShare ? `${(100 * score).toFixed(1)} %` : score.toPrecision(4);
    bar.hidden = !isShare;
    const share = Math.min(1, Math.max(0, score ?? 0));
    (bar.firstElementChild as HTMLElement).style.transform = `scaleX(${share})`;
    row.classList.toggle('first', label === best);
  }
}

function newRow(): HTMLElement {
  const row = document.createElement('li');
  const [name, number, bar] = ['name', 'number', 'bar'].map((className) => {
    const part = document.createElement('span');
    part.className = className;
    return part;
  });
  bar!.append(document.createElement('span'));
  bar!.setAttribute('aria-hidden', 'true');
  row.append(name!, number!, bar!);
  return row;
}

/** Seconds for a person. */
export function inSeconds(seconds: number): string {
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}
