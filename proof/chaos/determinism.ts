/** Makes what the services draw by chance a part of the seed, so that a schedule can be replayed. */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import Stripe from 'stripe';
import { Random } from './random.js';

const { randomUUID } = crypto;
const { random: mathRandom } = Math;

/** A part of the SDK that its types do not have. */
interface RetryDelays {
  getInitialNetworkRetryDelay(): number;
}
const retryDelays = Stripe.prototype as unknown as RetryDelays;
const { getInitialNetworkRetryDelay } = retryDelays;

/**
 * Jobs go through orders by their ids, and Stripe is asked again after a pause with jitter: both would come out
 * differently each time. Draws of their own, so that one more of them changes no choice of the schedule.
 *
 * @returns puts everything back
 */
export function drawFromSeed(seed: number): () => void {
  const draws = new Random(seed ^ 0x5eed);
  // A named import of a built-in module sees the change once the module's exports are synchronised.
  crypto.randomUUID = () => draws.uuid() as ReturnType<typeof randomUUID>;
  Math.random = () => 0.5;
  // Whatever its options, the SDK repeats a request once when its connection was closed: here without half a second's
  // pause in real time.
  retryDelays.getInitialNetworkRetryDelay = () => 0;
  syncBuiltinESMExports();
  return () => {
    crypto.randomUUID = randomUUID;
    Math.random = mathRandom;
    retryDelays.getInitialNetworkRetryDelay = getInitialNetworkRetryDelay;
    syncBuiltinESMExports();
  };
}
