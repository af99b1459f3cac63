/** The owner rule: an order is visible to its buyer and to staff; for everybody else it does not exist. */
import type { Viewer } from './viewer.js';

/** Something that belongs to a buyer. */
export interface Owned {
  buyerId: string;
}

/** Whether the viewer may see an order that was read, and act on it. */
export function isOwnerOrStaff(viewer: Viewer, { buyerId }: Owned): boolean {
  return viewer.isStaff || buyerId === viewer.id;
}

/** The same as a condition of queries: an order that is not the viewer's is not even read, let alone locked. */
export function visibleTo(viewer: Viewer): { buyerId?: string } {
  return viewer.isStaff ? {} : { buyerId: viewer.id };
}
