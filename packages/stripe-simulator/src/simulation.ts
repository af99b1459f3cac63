/** What every resource works with. */
import type { SimulatorClock } from './clock.js';
import type { EventRecorder } from './event-recorder.js';
import type { OfferedPaymentMethodType } from './public-types.js';
import type { Store } from './store.js';
import type { Timeline } from './timeline.js';

export interface Simulation {
  store: Store;
  clock: SimulatorClock;
  timeline: Timeline;
  events: EventRecorder;
  /** The payment methods that the account has switched on. */
  paymentMethodTypes: readonly OfferedPaymentMethodType[];
  /** Where the simulator is reached; known once it listens. */
  url(): string;
}
