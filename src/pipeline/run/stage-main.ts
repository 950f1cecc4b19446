/** The entry of a stage process: `node stage-main.js task.json`, or without a file. */
import { computeTasks } from './compute-tasks.js';

computeTasks();
