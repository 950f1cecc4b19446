import type { Section } from '../section.js';
import { data } from './data.js';
import { listen } from './listen.js';
import { provenance } from './provenance.js';
import { result } from './result.js';
import { training } from './training.js';

/** The sections of a report, in order. One that does not apply to a run is left out. */
export const SECTIONS: readonly Section[] = [result, listen, training, data, provenance];
