/** What each kind of caller gets of each field of the schema, a line a field: the access policy in other words. */

/** `shown`: a value; `hidden`: none, and no error; anything else is the code of the error. */
type AccessOutcome =
  | 'shown'
  | 'hidden'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  // The state refuses what the caller may do.
  | 'REFUND_NOT_RETRYABLE';

/** For an anonymous caller, for the owner of the orders, for another buyer and for staff, in this order. */
export type AccessOutcomes = `${AccessOutcome} ${AccessOutcome} ${AccessOutcome} ${AccessOutcome}`;

const EVERYBODY: AccessOutcomes = 'shown shown shown shown';
const SIGNED_IN: AccessOutcomes = 'UNAUTHENTICATED shown shown shown';
const OWNER_OR_STAFF: AccessOutcomes = 'UNAUTHENTICATED shown hidden shown';
const STAFF: AccessOutcomes = 'UNAUTHENTICATED FORBIDDEN FORBIDDEN shown';

export const authorizationMatrix: Readonly<Record<string, AccessOutcomes>> = {
  'Query.bookingsAtRisk': STAFF,
  'Query.catalogue': EVERYBODY,
  'Query.catalogue(includeInactive)': STAFF,
  'Query.catalogueChanges': STAFF,
  'Query.catalogueItem': EVERYBODY,
  'Query.catalogueItem(id: not on offer)': 'hidden hidden hidden shown',
  'Query.closedDays': EVERYBODY,
  'Query.exportCustomer': STAFF,
  'Query.order': OWNER_OR_STAFF,
  'Query.orderBySession': OWNER_OR_STAFF,
  'Query.orders': SIGNED_IN,
  'Query.orders(filter.customer)': STAFF,
  'Query.paymentConfig': EVERYBODY,
  'Query.quote': EVERYBODY,
  'Query.rentals': STAFF,
  'Query.webhookEvents': STAFF,

  'Mutation.acceptPayment': STAFF,
  'Mutation.addUnits': STAFF,
  'Mutation.adjustStock': STAFF,
  'Mutation.anonymiseCustomer': STAFF,
  'Mutation.blockUnit': STAFF,
  'Mutation.cancelOrder': 'UNAUTHENTICATED shown NOT_FOUND shown',
  'Mutation.closeDate': STAFF,
  'Mutation.createCheckoutSession': SIGNED_IN,
  'Mutation.createCheckoutSession(replacesOrderId)': 'UNAUTHENTICATED shown NOT_FOUND NOT_FOUND',
  'Mutation.createEquipment': STAFF,
  'Mutation.createProduct': STAFF,
  'Mutation.markPickedUp': STAFF,
  'Mutation.markReturned': STAFF,
  'Mutation.openDate': STAFF,
  'Mutation.refusePayment': STAFF,
  'Mutation.releaseBlock': STAFF,
  'Mutation.replayWebhookEvent': STAFF,
  'Mutation.retireUnit': STAFF,
  'Mutation.retryRefund': 'UNAUTHENTICATED FORBIDDEN FORBIDDEN REFUND_NOT_RETRYABLE',
  'Mutation.setClosedWeekdays': STAFF,
  'Mutation.setStock': STAFF,
  'Mutation.swapUnit': STAFF,
  'Mutation.updateEquipment': STAFF,
  'Mutation.updateProduct': STAFF,

  'Anonymisation.buyerId': STAFF,
  'Anonymisation.events': STAFF,
  'Anonymisation.orders': STAFF,

  'Block.from': STAFF,
  'Block.id': STAFF,
  'Block.reason': STAFF,
  'Block.to': STAFF,
  'Block.unitId': STAFF,

  'BookingAtRisk.block': STAFF,
  'BookingAtRisk.overdue': STAFF,
  'BookingAtRisk.rental': STAFF,

  'CatalogueChange.action': STAFF,
  'CatalogueChange.actor': STAFF,
  'CatalogueChange.after': STAFF,
  'CatalogueChange.at': STAFF,
  'CatalogueChange.before': STAFF,
  'CatalogueChange.reason': STAFF,
  'CatalogueChange.unitId': STAFF,

  'CatalogueChangeConnection.edges': STAFF,
  'CatalogueChangeConnection.nodes': STAFF,
  'CatalogueChangeConnection.pageInfo': STAFF,

  'CatalogueChangeEdge.cursor': STAFF,
  'CatalogueChangeEdge.node': STAFF,

  'CatalogueConnection.edges': EVERYBODY,
  'CatalogueConnection.nodes': EVERYBODY,
  'CatalogueConnection.pageInfo': EVERYBODY,

  'CatalogueEdge.cursor': EVERYBODY,
  'CatalogueEdge.node': EVERYBODY,

  'CheckoutSession.expiresAt': SIGNED_IN,
  'CheckoutSession.order': SIGNED_IN,
  'CheckoutSession.sessionId': SIGNED_IN,
  'CheckoutSession.url': SIGNED_IN,

  'ClosedDate.date': EVERYBODY,
  'ClosedDate.reason': EVERYBODY,

  'ClosedDays.dates': EVERYBODY,
  'ClosedDays.weekdays': EVERYBODY,

  'CustomerExport.buyerId': STAFF,
  'CustomerExport.endCursor': STAFF,
  'CustomerExport.exportedAt': STAFF,
  'CustomerExport.hasNextPage': STAFF,
  'CustomerExport.orderCount': STAFF,
  'CustomerExport.orders': STAFF,

  'Customer.address': OWNER_OR_STAFF,
  'Customer.city': OWNER_OR_STAFF,
  'Customer.country': OWNER_OR_STAFF,
  'Customer.email': OWNER_OR_STAFF,
  'Customer.firstName': OWNER_OR_STAFF,
  'Customer.lastName': OWNER_OR_STAFF,
  'Customer.phone': OWNER_OR_STAFF,
  'Customer.postalCode': OWNER_OR_STAFF,

  'DayAvailability.date': EVERYBODY,
  'DayAvailability.free': EVERYBODY,
  'DayAvailability.isOpen': EVERYBODY,

  'Equipment.active': EVERYBODY,
  'Equipment.availability': EVERYBODY,
  'Equipment.deposit': EVERYBODY,
  'Equipment.description': EVERYBODY,
  'Equipment.id': EVERYBODY,
  'Equipment.name': EVERYBODY,
  'Equipment.nextAvailableDate': EVERYBODY,
  'Equipment.pricePerDay': EVERYBODY,
  'Equipment.pricePerMonth': EVERYBODY,
  'Equipment.pricePerWeek': EVERYBODY,
  'Equipment.turnaroundDays': EVERYBODY,
  'Equipment.unitCount': EVERYBODY,
  'Equipment.units': STAFF,
  'Equipment.version': EVERYBODY,

  'EquipmentUnit.active': STAFF,
  'EquipmentUnit.blocks': STAFF,
  'EquipmentUnit.id': STAFF,
  'EquipmentUnit.label': STAFF,

  'Money.amount': EVERYBODY,
  'Money.currency': EVERYBODY,
  'Money.formatted': EVERYBODY,

  'Order.amountRefunded': OWNER_OR_STAFF,
  'Order.anonymisedAt': OWNER_OR_STAFF,
  'Order.checkoutSessionId': OWNER_OR_STAFF,
  'Order.checkoutUrl': OWNER_OR_STAFF,
  'Order.createdAt': OWNER_OR_STAFF,
  'Order.customer': OWNER_OR_STAFF,
  'Order.disputeStatus': OWNER_OR_STAFF,
  'Order.expiresAt': OWNER_OR_STAFF,
  'Order.id': OWNER_OR_STAFF,
  'Order.lastPaymentError': OWNER_OR_STAFF,
  'Order.lines': OWNER_OR_STAFF,
  'Order.number': OWNER_OR_STAFF,
  'Order.paidAt': OWNER_OR_STAFF,
  'Order.refundStatus': OWNER_OR_STAFF,
  'Order.refunds': OWNER_OR_STAFF,
  'Order.reviewReason': 'UNAUTHENTICATED hidden hidden shown',
  'Order.status': OWNER_OR_STAFF,
  'Order.timeline': OWNER_OR_STAFF,
  'Order.total': OWNER_OR_STAFF,

  'OrderConnection.edges': SIGNED_IN,
  'OrderConnection.nodes': SIGNED_IN,
  'OrderConnection.pageInfo': SIGNED_IN,

  'OrderEdge.cursor': OWNER_OR_STAFF,
  'OrderEdge.node': OWNER_OR_STAFF,

  'OrderEvent.actor': OWNER_OR_STAFF,
  'OrderEvent.at': OWNER_OR_STAFF,
  'OrderEvent.cause': OWNER_OR_STAFF,
  'OrderEvent.from': OWNER_OR_STAFF,
  'OrderEvent.stripeEventId': OWNER_OR_STAFF,
  'OrderEvent.to': OWNER_OR_STAFF,

  'OrderLine.amount': OWNER_OR_STAFF,
  'OrderLine.days': OWNER_OR_STAFF,
  'OrderLine.deposit': OWNER_OR_STAFF,
  'OrderLine.endDate': OWNER_OR_STAFF,
  'OrderLine.id': OWNER_OR_STAFF,
  'OrderLine.itemId': OWNER_OR_STAFF,
  'OrderLine.name': OWNER_OR_STAFF,
  'OrderLine.quantity': OWNER_OR_STAFF,
  'OrderLine.rate': OWNER_OR_STAFF,
  'OrderLine.returnDate': OWNER_OR_STAFF,
  'OrderLine.startDate': OWNER_OR_STAFF,
  'OrderLine.type': OWNER_OR_STAFF,
  'OrderLine.unitPrice': OWNER_OR_STAFF,
  'OrderLine.units': 'UNAUTHENTICATED FORBIDDEN hidden shown',

  'PageInfo.endCursor': EVERYBODY,
  'PageInfo.hasNextPage': EVERYBODY,
  'PageInfo.hasPreviousPage': EVERYBODY,
  'PageInfo.startCursor': EVERYBODY,

  'PaymentConfig.currency': EVERYBODY,
  'PaymentConfig.livemode': EVERYBODY,
  'PaymentConfig.publishableKey': EVERYBODY,

  'PaymentError.code': OWNER_OR_STAFF,
  'PaymentError.declineCode': OWNER_OR_STAFF,
  'PaymentError.message': OWNER_OR_STAFF,

  'Product.active': EVERYBODY,
  'Product.description': EVERYBODY,
  'Product.id': EVERYBODY,
  'Product.name': EVERYBODY,
  'Product.price': EVERYBODY,
  'Product.stock': EVERYBODY,
  'Product.version': EVERYBODY,

  'Quote.isAvailable': EVERYBODY,
  'Quote.lines': EVERYBODY,
  'Quote.total': EVERYBODY,

  'QuoteLine.amount': EVERYBODY,
  'QuoteLine.available': EVERYBODY,
  'QuoteLine.days': EVERYBODY,
  'QuoteLine.deposit': EVERYBODY,
  'QuoteLine.endDate': EVERYBODY,
  'QuoteLine.firstFreeDate': EVERYBODY,
  'QuoteLine.isAvailable': EVERYBODY,
  'QuoteLine.itemId': EVERYBODY,
  'QuoteLine.name': EVERYBODY,
  'QuoteLine.quantity': EVERYBODY,
  'QuoteLine.rate': EVERYBODY,
  'QuoteLine.returnDate': EVERYBODY,
  'QuoteLine.startDate': EVERYBODY,
  'QuoteLine.type': EVERYBODY,
  'QuoteLine.unitPrice': EVERYBODY,

  'Refund.amount': OWNER_OR_STAFF,
  'Refund.createdAt': OWNER_OR_STAFF,
  'Refund.id': OWNER_OR_STAFF,
  'Refund.reason': OWNER_OR_STAFF,
  'Refund.state': OWNER_OR_STAFF,
  'Refund.stripeRefundId': OWNER_OR_STAFF,

  'RentalMovements.leaving': STAFF,
  'RentalMovements.returning': STAFF,

  'RentalRate.amount': EVERYBODY,
  'RentalRate.days': EVERYBODY,
  'RentalRate.months': EVERYBODY,
  'RentalRate.weeks': EVERYBODY,

  'RentedUnit.isOverdue': STAFF,
  'RentedUnit.label': STAFF,
  'RentedUnit.name': STAFF,
  'RentedUnit.orderId': STAFF,
  'RentedUnit.orderLineId': STAFF,
  'RentedUnit.pickedUpAt': STAFF,
  'RentedUnit.returnDate': STAFF,
  'RentedUnit.returnedAt': STAFF,
  'RentedUnit.startDate': STAFF,
  'RentedUnit.unitId': STAFF,

  'WebhookEvent.attempts': STAFF,
  'WebhookEvent.checkoutSessionId': STAFF,
  'WebhookEvent.error': STAFF,
  'WebhookEvent.handledAt': STAFF,
  'WebhookEvent.id': STAFF,
  'WebhookEvent.nextAttemptAt': STAFF,
  'WebhookEvent.orderId': STAFF,
  'WebhookEvent.paymentIntentId': STAFF,
  'WebhookEvent.receivedAt': STAFF,
  'WebhookEvent.status': STAFF,
  'WebhookEvent.stripeCreatedAt': STAFF,
  'WebhookEvent.type': STAFF,

  'WebhookEventConnection.edges': STAFF,
  'WebhookEventConnection.nodes': STAFF,
  'WebhookEventConnection.pageInfo': STAFF,

  'WebhookEventEdge.cursor': STAFF,
  'WebhookEventEdge.node': STAFF,
};
