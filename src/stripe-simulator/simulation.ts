/** What every resource works with. */
import type { Clock } from './clock.js';
import type { EventRecorder } from './event-recorder.js';
import type { Store } from './store.js';

export interface Simulation {
  store: Store;
  clock: Clock;
  events: EventRecorder;
  /** Where the simulator is reached; known once it listens. */
  url(): string;
}
