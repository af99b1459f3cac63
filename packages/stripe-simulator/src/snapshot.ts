/** All state at one moment: the objects, the clock, and what chance has in store. */
import { z } from 'zod';
import type { Chaos } from './chaos.js';
import type { ChaosPlan } from './chaos-plan.js';
import type { ClockState } from './clock.js';
import type { Simulation } from './simulation.js';
import { isSnapshot, type StateSnapshot } from './store.js';

/** Plain JSON. */
export interface SimulatorSnapshot {
  clock: ClockState;
  chaos: { seed: number; plan: ChaosPlan };
  state: StateSnapshot;
}

export function takeSnapshot({ store, clock }: Simulation, chaos: Chaos): SimulatorSnapshot {
  return { clock: clock.state(), chaos: { seed: chaos.seed, plan: chaos.plan() }, state: store.snapshot() };
}

/** The clock first: the objects bring along what falls due by it. */
export function restoreSnapshot({ store, clock }: Simulation, chaos: Chaos, snapshot: SimulatorSnapshot): void {
  chaos.restore(snapshot.chaos.seed, snapshot.chaos.plan);
  clock.restore(snapshot.clock);
  store.restore(snapshot.state);
}

/** What another simulator, or this one, wrote out; the version of the state vouches for what is in it. */
export const simulatorSnapshot: z.ZodType<SimulatorSnapshot> = z.object({
  clock: z.object({ now: z.iso.datetime(), isFrozen: z.boolean() }),
  chaos: z.object({ seed: z.int(), plan: z.custom<ChaosPlan>() }),
  state: z.custom<StateSnapshot>(isSnapshot, 'is not the state of this version of the simulator'),
});
