/** Something that may happen next. */
import type { World } from '../world.js';

export interface Step {
  /** How often it is chosen, compared with the others. */
  weight: number;
  /** @returns false when there is nothing to do it with */
  take(world: World): Promise<boolean> | boolean;
}
