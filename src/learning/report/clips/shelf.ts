import type { ClipSource, Objects } from '../../../stage/stage-type.js';
import { count } from '../../../util/words.js';
import { splitName } from '../../data/clip-names.js';
import { bytes } from '../page/format.js';
import { type Html, html, plainText, trusted } from '../page/html.js';
import { soundAddress } from './embed-sound.js';
import { rangeOf, spectrogram, waveform } from './pictures.js';
import { type ClipReader, clipReader } from './read-clip.js';

/** Where a clip is. */
export interface ClipPlace {
  source: ClipSource;
  split: string;
  row: number;
  /** If the row is one of the windows that were judged together: all of the clip. */
  whole?: boolean;
}

/** A clip that is in the page. */
export interface ShelvedClip {
  /** Of its element, for links. */
  id: string;
  name?: string;
  seconds: number;
  /** Hz, in the data. */
  sampling_rate: number;
  /** Seconds of it that can be played, if not all. */
  heard?: number;
  /** Where a window begins in its clip, in seconds. */
  start?: number;
  /** Level of the loudest sample, in dBFS. */
  peak: number;
  player: Html;
  waveform: Html;
  spectrogram?: Html;
}

/** The clips of a run that are in the page, as many as there is room for. */
export class ClipShelf {
  /** Characters of the page that the sounds take. */
  used = 0;
  /** Clips that were asked for and did not fit. */
  refused = 0;
  readonly #clips = new Map<string, ShelvedClip>();
  readonly #refused = new Set<string>();
  readonly #readers = new Map<ClipSource['dataset'], ClipReader>();

  /**
   * @param room Characters of the page that sounds may take; 0 for none.
   * @param prefix Put before every id.
   */
  constructor(
    private readonly objects: Objects,
    readonly room: number,
    private readonly prefix: string,
  ) {}

  get size(): number {
    return this.#clips.size;
  }

  /** `48 clips can be heard, 5.1 MB of at most 8 MB; there is no room for 3 more (--audio 12MB).` */
  get summary(): string {
    const heard = `${count(this.size, 'clip')} can be heard, ${bytes(this.used)} of at most ${bytes(this.room)}`;
    return this.refused === 0
      ? `${heard}.`
      : `${heard}; there was no room for ${this.refused} more, which a larger --audio makes.`;
  }

  /**
   * The clip of a row, if the split there has that many rows: otherwise, it is of other data.
   *
   * @param sources By input; `at.split` is named by `splitName`.
   */
  placeOf(
    sources: Readonly<Record<string, ClipSource>> = {},
    at: { split: string; row: number; numRows: number; whole?: boolean },
  ): ClipPlace | undefined {
    for (const [input, source] of Object.entries(sources)) {
      const split = Object.keys(source.dataset.splits).find((each) => splitName(input, each) === at.split);
      if (split !== undefined && source.dataset.splits[split]!.num_rows === at.numRows)
        return { source, split, row: at.row, whole: at.whole };
    }
    return undefined;
  }

  /** A clip that is in the page already. */
  find(place: ClipPlace): ShelvedClip | undefined {
    return this.#clips.get(this.#keyOf(place));
  }

  /** The name of a clip, whether it is in the page or not. */
  async nameOf(place: ClipPlace): Promise<string | undefined> {
    return this.find(place)?.name ?? this.#readerOf(place.source).nameOf(place.split, place.row);
  }

  /**
   * Puts a clip into the page; `undefined` if there is no room, or it cannot be heard.
   *
   * @param until What may be used once it is there. Default: all of the room.
   */
  async take(place: ClipPlace, until = this.room): Promise<ShelvedClip | undefined> {
    if (this.room === 0) return undefined;
    const key = this.#keyOf(place);
    const { split, row, whole } = place;
    if (this.#refused.has(key)) return undefined;
    const clip = await this.#readerOf(place.source).read(split, row, whole);
    const address = clip && soundAddress(clip);
    if (clip === undefined || this.used + address!.length > until) {
      if (clip !== undefined && until === this.room) this.refused += 1;
      if (clip === undefined || until === this.room) this.#refused.add(key);
      return undefined;
    }
    this.used += address!.length;
    const { samples, sampling_rate: rate } = clip;
    const name = clip.path ?? `row ${row} of ${split}`;
    const peak = Math.max(...rangeOf(samples).map(Math.abs));
    const taken = {
      id: `${this.prefix}${this.#clips.size}`,
      name: clip.path,
      seconds: clip.seconds,
      sampling_rate: clip.original_rate,
      heard: samples.length / rate < clip.seconds - 0.01 ? samples.length / rate : undefined,
      start: clip.start,
      peak: 20 * Math.log10(peak),
      player: playerOf(address!, name),
      waveform: waveform(samples, `Waveform of ${name}`),
      spectrogram: spectrogram(samples, rate, `Spectrogram of ${name}, 0 to ${rate / 2000} kHz`),
    };
    this.#clips.set(key, taken);
    return taken;
  }

  #readerOf(source: ClipSource): ClipReader {
    const reader = this.#readers.get(source.dataset) ?? clipReader(source, this.objects);
    this.#readers.set(source.dataset, reader);
    return reader;
  }

  #keyOf({ source, split, row, whole = false }: ClipPlace): string {
    this.#readerOf(source);
    const number = [...this.#readers.keys()].indexOf(source.dataset);
    return JSON.stringify([number, split, row, whole]);
  }
}

/** It loads nothing before someone plays it: a browser limits how many players are ready. */
function playerOf(address: string, name: string): Html {
  return html`<audio controls preload="none" aria-label="${plainText(name)}" src="${trusted(address)}"></audio>`;
}
