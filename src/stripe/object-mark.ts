/** What objects at the provider say of themselves, and when they were made. */

/** The metadata of an object at the provider: its order, and the installation that created it. */
export interface OrderMark {
  orderId: string;
  /** The installation of the shop, of which several may share an account; null from before there were ids. */
  installationId: string | null;
}

/** What a session or a payment is for. One that does not say was made before any did, and pays an order. */
export type Purpose = 'order' | 'fee' | 'deposit';

/** What an object at the provider says of itself. */
export interface ObjectMark {
  /** The order that it was created for; null for another application's. */
  orderId: string | null;
  /** The installation that created it; null for another application's, and from before there were ids. */
  installationId: string | null;
  /** `order` where it says nothing; `other` for a purpose that is not known here, such as one of a later version. */
  purpose: Purpose | 'other';
  /** The row that it was made for, of a purpose other than `order`. */
  rowId: string | null;
}

/** A span of time, both ends included, in whole seconds. */
export interface Span {
  from: Date;
  to: Date;
}
