/** What every resource works with. */
import type { SimulatorClock } from './clock.js';
import type { EventRecorder } from './event-recorder.js';
import type { Store } from './store.js';
import type { Timeline } from './timeline.js';

export interface Simulation {
  store: Store;
  clock: SimulatorClock;
  timeline: Timeline;
  events: EventRecorder;
  /** Where the simulator is reached; known once it listens. */
  url(): string;
}
