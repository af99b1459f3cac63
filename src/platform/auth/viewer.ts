/** The caller of an operation. */
import { enumValue } from '../kernel/enum-value.js';

export interface Viewer {
  /** The `sub` of the token: the buyer. */
  id: string;
  isStaff: boolean;
  /** The address that the request came from; absent for programs. */
  ip?: string | undefined;
}

/** How the viewer is named in a timeline: an opaque id, never a name. */
export function actorOf(viewer: Viewer): string {
  return `${viewer.isStaff ? 'staff' : 'buyer'}:${viewer.id}`;
}

/** What kind of actor a timeline names. */
export enum ActorKind {
  BUYER = 'BUYER',
  STAFF = 'STAFF',
  STRIPE = 'STRIPE',
  SYSTEM = 'SYSTEM',
}

/** @param actor as a timeline has it: `buyer:…`, `staff:…`, `stripe` or `system` */
export function actorKind(actor: string): ActorKind {
  const [kind = ''] = actor.split(':', 1);
  return enumValue(ActorKind, kind.toUpperCase(), ActorKind.SYSTEM);
}

/** The `sub` of the person who acted; null where it was not a person. */
export function actorId(actor: string): string | null {
  const colon = actor.indexOf(':');
  return colon === -1 ? null : actor.slice(colon + 1);
}

/** An actor as buyers may see it: that it was staff, but not which member. */
export function actorForBuyers(actor: string): string {
  return actor.startsWith('staff:') ? 'staff' : actor;
}
