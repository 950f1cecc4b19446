import { ClassifierError, loadClassifier } from '../classifier.js';
import type { AudioClassifier, LabelScore, Listener, LoadProgress } from '../types.js';
import { onDroppedFile } from './dropped-files.js';
import { shownName } from './shown-name.js';
import { inSeconds, showClasses, showProblem, showScores, view } from './view.js';
import { drawWaveform } from './waveform.js';

/** What the page does with its classifier. */

/** The longest clip that is taken, in seconds: memory and time grow faster than it does. */
const LONGEST = 30;
/** Bytes; an uncompressed clip of that length with many channels is smaller. */
const LARGEST = 100e6;
/** Classes that are shown. All of them keep their places while listening if there are no more. */
const SHOWN = 8;
const INVITATION = 'Listen, or drop a file anywhere on this page.';
/** Milliseconds between two pictures of what the microphone hears. */
const FRAME = 50;

let listener: Listener | undefined;
/** The microphone is being opened. */
let isOpening = false;
/** Seconds, once a person has chosen them. */
let chosenWindow: number | undefined;
/** Grows with each thing that a person does: what was begun before does not show. */
let turn = 0;

try {
  const started = performance.now();
  const classifier = await loadClassifier(new URL('.', import.meta.url), { onProgress: showProgress });
  start(classifier, performance.now() - started);
} catch (error) {
  view.loading.hidden = true;
  fail(error);
}

function showProgress({ loaded, total }: LoadProgress): void {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const isThere = loaded === total;
  view.loadingText.textContent = isThere
    ? 'Starting the classifier …'
    : `Loading the classifier: ${megabytes(loaded)}${total === undefined ? '' : ` of ${megabytes(total)}`} MB`;
  if (total === undefined) return;
  view.loadingBar.max = total;
  view.loadingBar.value = loaded;
}

function start(classifier: AudioClassifier, ms: number): void {
  const { labels, dtype, threads, windowSeconds } = classifier;
  view.loading.hidden = true;
  view.ready.hidden = false;
  const classes = labels.length === 1 ? '1 class' : `${labels.length} classes`;
  const computed = threads === 1 ? dtype : `${dtype}, ${threads} threads`;
  view.facts.textContent = `${classes} · ${computed} · runs in this browser: no sound leaves it`;
  view.window.value = String(Math.round(10 * windowSeconds) / 10);
  view.more.textContent = labels.length > SHOWN ? `and ${labels.length - SHOWN} more` : '';
  begin(classifier);
  view.heard.textContent = INVITATION;
  view.status.textContent = `Ready after ${inSeconds(ms / 1000)}.`;
  view.listen.addEventListener('click', () => {
    if (isOpening) return;
    if (listener === undefined) void listen(classifier);
    else stopListening();
  });
  view.window.addEventListener('change', () => {
    const { valueAsNumber: seconds } = view.window;
    chosenWindow = seconds >= 0.1 && seconds <= LONGEST ? seconds : undefined;
    if (listener !== undefined) void listen(classifier);
  });
  view.file.addEventListener('change', () => {
    const [file] = view.file.files ?? [];
    if (file !== undefined) void classifyFile(classifier, file);
    // The same file can be chosen again.
    view.file.value = '';
  });
  onDroppedFile(view.drop, (file) => void classifyFile(classifier, file));
  addEventListener('pagehide', () => stopListening());
}

async function listen(classifier: AudioClassifier): Promise<void> {
  begin(classifier);
  const mine = turn;
  const windowSeconds = chosenWindow ?? classifier.windowSeconds;
  setOpening(true);
  view.status.textContent = 'Waiting for the microphone …';
  try {
    let last = performance.now();
    let rate: number | undefined;
    const opened = await classifier.listen({
      windowSeconds,
      topK: shownOf(classifier),
      onResult({ scores, samples }) {
        if (mine !== turn) return;
        const now = performance.now();
        showResult(classifier, inPlace(classifier, scores));
        drawWaveform(view.waveform, samples);
        const latest = 1000 / (now - last);
        rate = rate === undefined ? latest : 0.8 * rate + 0.2 * latest;
        view.heard.textContent = `The last ${inSeconds(windowSeconds)} · ${rate.toFixed(1)} answers a second`;
        last = now;
      },
      onError: fail,
    });
    if (mine !== turn) {
      opened.stop();
      return;
    }
    listener = opened;
    showListening(true);
    view.heard.textContent = `Listening: the first ${inSeconds(windowSeconds)} …`;
    view.status.textContent = `Listening at ${opened.samplingRate} Hz.`;
    draw(opened, windowSeconds * opened.samplingRate);
  } catch (error) {
    if (mine === turn) fail(error);
  } finally {
    setOpening(false);
  }
}

/** The waveform moves between results, too, unless a person wants nothing to move. */
function draw(opened: Listener, width: number): void {
  if (listener !== opened || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  drawWaveform(view.waveform, opened.recent(), width);
  setTimeout(() => requestAnimationFrame(() => draw(opened, width)), FRAME);
}

async function classifyFile(classifier: AudioClassifier, file: File): Promise<void> {
  begin(classifier);
  const mine = turn;
  const name = shownName(file.name);
  view.status.textContent = `Reading ${name} …`;
  try {
    if (file.size > LARGEST) throw tooLong(`${name} has ${(file.size / 1e6).toFixed(0)} MB`);
    const { samples, samplingRate } = await classifier.decode(file);
    const seconds = samples.length / samplingRate;
    if (seconds > LONGEST) throw tooLong(`${name} is ${inSeconds(seconds)} long`);
    const started = performance.now();
    const { scores } = await classifier.classify(samples, { samplingRate, topK: shownOf(classifier) });
    if (mine !== turn) return;
    const ms = performance.now() - started;
    showResult(classifier, scores);
    drawWaveform(view.waveform, samples);
    view.heard.textContent = `${name} · ${inSeconds(seconds)} · ${samplingRate} Hz`;
    view.status.textContent = `Classified in ${ms.toFixed(0)} ms.`;
    view.player.src = URL.createObjectURL(file);
    view.player.hidden = false;
  } catch (error) {
    if (mine === turn) fail(error, name);
  }
}

function tooLong(what: string): ClassifierError {
  const hint = `This page takes clips of at most ${LONGEST} s. For recordings, there is etude predict --window-length.`;
  return new ClassifierError('audio', what, hint);
}

/** Ends what was going on, and hides what it showed. */
function begin({ labels, activation }: AudioClassifier): void {
  stopListening();
  turn += 1;
  showProblem();
  showClasses(labels.slice(0, SHOWN), activation !== 'none');
  URL.revokeObjectURL(view.player.src);
  view.player.removeAttribute('src');
  view.player.hidden = true;
  view.heard.textContent = '';
  drawWaveform(view.waveform, new Float32Array(0), 1);
}

function stopListening(): void {
  listener?.stop();
  if (listener !== undefined) view.status.textContent = 'Stopped.';
  listener = undefined;
  showListening(false);
}

/**
 * The button is not really disabled: it would lose the focus, and who has no mouse could not stop at once.
 */
function setOpening(isOn: boolean): void {
  isOpening = isOn;
  view.listen.setAttribute('aria-disabled', String(isOn));
}

function showListening(isOn: boolean): void {
  view.listen.setAttribute('aria-pressed', String(isOn));
  view.listenText.textContent = isOn ? 'Stop' : 'Listen';
}

function showResult({ activation }: AudioClassifier, scores: readonly LabelScore[]): void {
  showScores(scores, activation !== 'none');
}

function shownOf({ labels }: AudioClassifier): number {
  return Math.min(labels.length, SHOWN);
}

/** In the order of the classes if all are shown: rows that jump several times a second cannot be read. */
function inPlace({ labels }: AudioClassifier, scores: LabelScore[]): LabelScore[] {
  if (labels.length > SHOWN) return scores;
  return [...scores].sort((one, other) => labels.indexOf(one.label) - labels.indexOf(other.label));
}

function fail(error: unknown, name?: string): void {
  stopListening();
  view.status.textContent = '';
  view.heard.textContent = INVITATION;
  const { message, hint } = error as ClassifierError;
  const isAbout = name !== undefined && !message.startsWith(name) ? `${name}: ` : '';
  showProblem({ title: `${isAbout}${message}`, hint });
}
