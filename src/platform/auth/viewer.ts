/** Who is asking. */
export interface Viewer {
  /** The `sub` of the token: the buyer. */
  id: string;
  isStaff: boolean;
}

/** How the viewer is named in a timeline: an opaque id, never a name. */
export function actorOf(viewer: Viewer): string {
  return `${viewer.isStaff ? 'staff' : 'buyer'}:${viewer.id}`;
}

/** An actor as buyers may see it: that it was staff, and not who of them. */
export function actorForBuyers(actor: string): string {
  return actor.startsWith('staff:') ? 'staff' : actor;
}
