/**
 * Who may use what: a line for every query, mutation and type, and for the fields and arguments that differ from them.
 * The schema is not built while something has no line, or a line names what is not there; see `access-guard.ts`.
 */

export type Access =
  /** Everybody, anonymous callers included. */
  | 'anyone'
  /** Whoever has a good token; others are told UNAUTHENTICATED. */
  | 'signedIn'
  /**
   * The buyer whose order it is, and staff. To other buyers the order does not exist: services look for it by the rule
   * of `auth/ownership.ts`, and no field of an order is answered to anybody else, whatever a service has found.
   */
  | 'ownerOrStaff'
  /** Others who signed in are told FORBIDDEN. */
  | 'staff'
  /** As `staff`, but everybody else is told null. */
  | 'staffElseNull';

/**
 * Keys are `Query.field` and `Mutation.field`, each by itself, so that none is open because somebody forgot it; `Type` for
 * all fields of an object; `Type.field` for one that is for fewer people; `Type.field(argument)` and
 * `Type.field(argument.part)` for what only some may send, where null and false are free.
 */
export type AccessPolicy = Readonly<Record<string, Access>>;

export const accessPolicy: AccessPolicy = {
  'Query.bookingsAtRisk': 'staff',
  'Query.catalogue': 'anyone',
  'Query.catalogueChanges': 'staff',
  // What is not on offer is found for staff alone.
  'Query.catalogueItem': 'anyone',
  'Query.closedDays': 'anyone',
  'Query.exportCustomer': 'staff',
  'Query.order': 'ownerOrStaff',
  'Query.orderBySession': 'ownerOrStaff',
  'Query.orders': 'ownerOrStaff',
  'Query.paymentConfig': 'anyone',
  'Query.quote': 'anyone',
  'Query.rentals': 'staff',
  'Query.webhookEvents': 'staff',

  'Mutation.acceptPayment': 'staff',
  'Mutation.addUnits': 'staff',
  'Mutation.adjustStock': 'staff',
  'Mutation.anonymiseCustomer': 'staff',
  'Mutation.blockUnit': 'staff',
  'Mutation.cancelOrder': 'ownerOrStaff',
  'Mutation.closeDate': 'staff',
  // The order that `replacesOrderId` names has to be the viewer's own, even for staff: it makes way for his basket.
  'Mutation.createCheckoutSession': 'signedIn',
  'Mutation.createEquipment': 'staff',
  'Mutation.createProduct': 'staff',
  'Mutation.markPickedUp': 'staff',
  'Mutation.markReturned': 'staff',
  'Mutation.openDate': 'staff',
  'Mutation.refusePayment': 'staff',
  'Mutation.releaseBlock': 'staff',
  'Mutation.replayWebhookEvent': 'staff',
  'Mutation.retireUnit': 'staff',
  'Mutation.retryRefund': 'staff',
  'Mutation.setClosedWeekdays': 'staff',
  'Mutation.setStock': 'staff',
  'Mutation.swapUnit': 'staff',
  'Mutation.updateEquipment': 'staff',
  'Mutation.updateProduct': 'staff',

  // The catalogue.
  CatalogueConnection: 'anyone',
  CatalogueEdge: 'anyone',
  ClosedDate: 'anyone',
  ClosedDays: 'anyone',
  DayAvailability: 'anyone',
  Equipment: 'anyone',
  Money: 'anyone',
  PageInfo: 'anyone',
  PaymentConfig: 'anyone',
  Product: 'anyone',
  Quote: 'anyone',
  QuoteLine: 'anyone',
  RentalRate: 'anyone',

  // Orders. What says nothing of its owner is reached through an order, or through a mutation of staff.
  Order: 'ownerOrStaff',
  CheckoutSession: 'signedIn',
  Customer: 'signedIn',
  OrderConnection: 'signedIn',
  OrderEdge: 'signedIn',
  OrderEvent: 'signedIn',
  OrderLine: 'signedIn',
  PaymentError: 'signedIn',
  Refund: 'signedIn',

  // Management.
  Anonymisation: 'staff',
  Block: 'staff',
  BookingAtRisk: 'staff',
  CatalogueChange: 'staff',
  CatalogueChangeConnection: 'staff',
  CatalogueChangeEdge: 'staff',
  CustomerExport: 'staff',
  EquipmentUnit: 'staff',
  RentalMovements: 'staff',
  RentedUnit: 'staff',
  WebhookEvent: 'staff',
  WebhookEventConnection: 'staff',
  WebhookEventEdge: 'staff',

  // Fields for fewer people than their type.
  'Equipment.units': 'staff',
  'Order.reviewReason': 'staffElseNull',
  'OrderLine.units': 'staff',

  // Arguments for fewer people than their field.
  'Query.catalogue(includeInactive)': 'staff',
  'Query.orders(filter.customer)': 'staff',
};
