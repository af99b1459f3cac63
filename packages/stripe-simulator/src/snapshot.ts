/** All state at one moment: the objects, the clock, and what chance has in store. */
import { z } from 'zod';
import type { Chaos } from './chaos.js';
import type { ChaosPlan } from './chaos-plan.js';
import type { SimulatorSnapshot } from './public-types.js';
import type { Simulation } from './simulation.js';
import { isSnapshot } from './store.js';

export function takeSnapshot({ store, clock }: Simulation, chaos: Chaos): SimulatorSnapshot {
  return { clock: clock.state(), chaos: { seed: chaos.seed, plan: chaos.plan() }, state: store.snapshot() };
}

/** The clock first: the objects bring along what falls due by it. */
export function restoreSnapshot({ store, clock }: Simulation, chaos: Chaos, snapshot: SimulatorSnapshot): void {
  const { state } = snapshot;
  if (!isSnapshot(state)) throw new Error('The snapshot is not of this version of the simulator.');
  chaos.restore(snapshot.chaos.seed, snapshot.chaos.plan);
  clock.restore(snapshot.clock);
  store.restore(state);
}

/** What another simulator, or this one, wrote out; the version of the state vouches for what is in it. */
export const simulatorSnapshot: z.ZodType<SimulatorSnapshot> = z.object({
  clock: z.object({ now: z.iso.datetime(), isFrozen: z.boolean() }),
  chaos: z.object({ seed: z.int(), plan: z.custom<ChaosPlan>() }),
  state: z.custom<SimulatorSnapshot['state']>(isSnapshot, 'is not the state of this version of the simulator'),
});
