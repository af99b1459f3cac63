/**
 * How each field of the schema is reached with arguments that mean something: what the authorization matrix executes.
 */
import { addDays } from '../../../src/platform/kernel/calendar-date.js';
import type { AuthorizationFixtures } from './authorization-fixtures.js';

/** Arguments, by place: of every field that needs some. */
export function argumentsIn(world: AuthorizationFixtures): Record<string, string> {
  const { today, product, pending, session, managed, managedProduct, managedUnits, rentedUnits, line } = world;
  const span = `from: "${addDays(today, -10)}", to: "${addDays(today, 10)}"`;
  const month = `from: "${addDays(today, 60)}", to: "${addDays(today, 61)}"`;
  const [toPickUp, toReturn, toSwap] = rentedUnits;
  return {
    'Equipment.availability': `from: "${today}", to: "${addDays(today, 1)}"`,
    'Query.catalogueChanges': `type: EQUIPMENT, id: "${managed}"`,
    'Query.catalogueItem': `type: PRODUCT, id: "${product}"`,
    'Query.customerExport': `buyerId: "${world.people.owner.id}"`,
    'Query.order': `id: "${pending}"`,
    'Query.orderBySession': `sessionId: "${session}"`,
    'Query.quote': `items: [{ type: PRODUCT, id: "${product}" }, { type: EQUIPMENT, id: "${managed}" }]`,
    'Query.rentals': span,
    'Mutation.acceptPayment': `orderId: "${world.toAccept}"`,
    'Mutation.acceptDispute': `input: { disputeId: "${world.disputes[0]}", confirm: true }`,
    'Mutation.addUnits': `input: { equipmentId: "${managed}", labels: ["new"] }`,
    'Mutation.adjustStock': `input: { productId: "${managedProduct}", change: 1, reason: "found" }`,
    'Mutation.anonymizeCustomer': `buyerId: "${world.leaver}"`,
    'Mutation.blockUnit': `input: { unitId: "${managedUnits[1]}", ${month}, reason: "repair" }`,
    'Mutation.cancelOrder': `orderId: "${world.toCancel}"`,
    'Mutation.captureDeposit': `input: { orderId: "${world.toRefund}", depositId: "${world.captured}", amount: 100, reason: OTHER, note: "a test", idempotencyKey: "matrix" }`,
    'Mutation.chargeFee': `input: { orderId: "${world.toRefund}", kind: OTHER, amount: 100, note: "a test", idempotencyKey: "matrix" }`,
    'Mutation.closeRefund': `input: { refundId: "${world.toClose}", note: "by bank transfer" }`,
    'Mutation.closeWithdrawal': `input: { withdrawalId: "${world.toCloseWithdrawal}", note: "a test" }`,
    'Mutation.closeDate': 'input: { date: "2090-01-02", reason: "holiday" }',
    'Mutation.createCheckoutSession': checkoutInput(world.productForAll, 'idempotencyKey: "matrix"'),
    'Mutation.createEquipment': 'input: { name: "Tandem", pricePerDay: 100, unitLabels: ["1"] }',
    'Mutation.createProduct': 'input: { name: "Lampe", price: 100 }',
    'Mutation.dismissLateFee': `input: { orderId: "${world.rented}", unitId: "${rentedUnits[3]}", note: "a test" }`,
    'Mutation.markPickedUp': `input: { orderLineId: "${line}", unitIds: ["${toPickUp}"] }`,
    'Mutation.markReturned': `input: { orderLineId: "${line}", unitIds: ["${toReturn}"] }`,
    'Mutation.markFulfilled': `input: { orderId: "${world.toRefund}", lines: [{ lineId: "${world.lineToRefund}", quantity: 1 }], idempotencyKey: "matrix" }`,
    'Mutation.openDate': 'input: { date: "2090-01-03" }',
    'Mutation.refundOrder': `input: { orderId: "${world.toRefund}", amount: 100, reason: LATE, note: "a test", idempotencyKey: "matrix" }`,
    'Mutation.releaseDeposit': `input: { orderId: "${world.toRefund}", depositId: "${world.toRelease}", note: "a test" }`,
    'Mutation.releaseLine': `input: { lineId: "${world.lineToRefund}", quantity: 1, note: "a test", idempotencyKey: "matrix" }`,
    'Mutation.rejectPayment': `orderId: "${world.toReject}"`,
    'Mutation.unblockUnit': `blockId: "${world.block}"`,
    'Mutation.replayWebhookEvent': `id: "${world.event}"`,
    'Mutation.retireUnit': `input: { unitId: "${managedUnits[3]}", reason: "old" }`,
    'Mutation.retryRefund': `refundId: "${world.refund}"`,
    'Mutation.stageDisputeEvidence': `input: { disputeId: "${world.disputes[3]}" }`,
    'Mutation.submitDisputeEvidence': `input: { disputeId: "${world.disputes[1]}", confirm: true }`,
    'Mutation.setClosedWeekdays': 'input: { weekdays: [] }',
    'Mutation.setStock': `input: { productId: "${managedProduct}", onHand: 7, reason: "counted" }`,
    'Mutation.waiveFee': `input: { feeId: "${world.toWaive}", note: "a test" }`,
    'Mutation.withdraw': `input: { orderId: "${world.toRefund}", lines: [{ lineId: "${world.lineToRefund}", quantity: 1 }], confirm: true }`,
    'Mutation.reassignUnit': `input: { orderLineId: "${line}", fromUnitId: "${toSwap}", toUnitId: "${world.freeUnit}" }`,
    'Mutation.updateEquipment': `input: { id: "${managed}", version: 1, name: "Vélo bleu" }`,
    'Mutation.updateProduct': `input: { id: "${managedProduct}", version: 1, name: "Gourde bleue" }`,

    // What decides beyond the field itself.
    'Query.catalogue(includeInactive)': 'includeInactive: true',
    'Query.catalogueItem(id: not on offer)': `type: PRODUCT, id: "${world.inactive}"`,
    'Query.orders(filter.customer)': 'filter: { customer: "doe" }',
    'Mutation.createCheckoutSession(replacesOrderId)': checkoutInput(
      world.productForAll,
      `replacesOrderId: "${world.toReplace}"`,
    ),
  };
}

function checkoutInput(product: number, rest: string): string {
  return `input: {
    items: [{ type: PRODUCT, id: "${product}" }]
    customerInfo: { firstName: "A", lastName: "B", email: "a@example.com", address: "1", city: "Paris", postalCode: "75001", country: "FR" }
    successUrl: "http://localhost:3000/success", cancelUrl: "http://localhost:3000/cart", ${rest}
  }`;
}

/**
 * Ways to the objects of each type, for a field in the place of FIELD: the field has to have a value on one of them.
 */
export function waysIn(world: AuthorizationFixtures): Record<string, string[]> {
  const { anonymised, paid, pending, declined, rejected, reviewed, session, product, pair, managed } = world;
  const orderWith = (id: string, selection: string) => `{ order(id: "${id}") { ${selection} } }`;
  // With the owner's goods: a buyer with a checkout of their own has orders, too.
  const ordersWith = (selection: string) =>
    `{ orders(filter: { item: { type: PRODUCT, id: "${product}" } }) { ${selection} } }`;
  const equipmentWith = (id: number, selection: string) =>
    `{ catalogueItem(type: EQUIPMENT, id: "${id}") { ... on Equipment { ${selection} } } }`;
  const productWith = (selection: string) =>
    `{ catalogueItem(type: PRODUCT, id: "${product}") { ... on Product { ${selection} } } }`;
  const changes = (selection: string) =>
    `{ catalogueChanges(${argumentsIn(world)['Query.catalogueChanges']}) { ${selection} } }`;
  const quote = (selection: string) => `{ quote(${argumentsIn(world)['Query.quote']}) { ${selection} } }`;
  return {
    ...waysToPayloads(world),
    ...waysToMoneyOut(world),
    UnitBlock: ['{ bookingsAtRisk { block { FIELD } } }', equipmentWith(pair, 'units { blocks { FIELD } }')],
    BookingAtRisk: ['{ bookingsAtRisk { FIELD } }'],
    CatalogueChange: [changes('nodes { FIELD }')],
    CatalogueChangeConnection: [changes('FIELD')],
    CatalogueChangeEdge: [changes('edges { FIELD }')],
    CatalogueConnection: ['{ catalogue { FIELD } }'],
    CatalogueEdge: ['{ catalogue { edges { FIELD } } }'],
    CheckoutSession: [
      `mutation { createCheckoutSession(${checkoutInput(world.productForAll, 'idempotencyKey: "matrix"')}) { FIELD } }`,
    ],
    ClosedDate: ['{ closedDays { dates { FIELD } } }'],
    ClosedDays: ['{ closedDays { FIELD } }'],
    Customer: [orderWith(paid, 'customer { FIELD }'), ordersWith('nodes { customer { FIELD } }')],
    CustomerExport: [`{ customerExport(${argumentsIn(world)['Query.customerExport']}) { FIELD } }`],
    DayAvailability: [equipmentWith(managed, `availability(from: "${world.today}", to: "${world.today}") { FIELD }`)],
    Equipment: [equipmentWith(managed, 'FIELD')],
    EquipmentUnit: [equipmentWith(managed, 'units { FIELD }')],
    Money: [productWith('price { FIELD }')],
    Order: [
      ...[anonymised, paid, pending, declined, reviewed].map((id) => orderWith(id, 'FIELD')),
      `{ orderBySession(sessionId: "${session}") { FIELD } }`,
      ordersWith('nodes { FIELD }'),
    ],
    OrderConnection: [ordersWith('FIELD')],
    OrderEdge: [ordersWith('edges { FIELD }')],
    OrderEvent: [paid, rejected].map((id) => orderWith(id, 'timeline { FIELD }')),
    OrderLine: [orderWith(paid, 'lines { FIELD }')],
    PageInfo: ['{ catalogue { pageInfo { FIELD } } }'],
    OpeningDays: ['{ shop { openingDays { FIELD } } }'],
    Payment: [orderWith(paid, 'payments { FIELD }')],
    PaymentConfig: ['{ paymentConfig { FIELD } }'],
    Shop: ['{ shop { FIELD } }'],
    PaymentError: [orderWith(declined, 'lastPaymentError { FIELD }')],
    Product: [productWith('FIELD')],
    Quote: [quote('FIELD')],
    QuoteLine: [quote('lines { FIELD }')],
    Refund: [rejected, world.toRefund].map((id) => orderWith(id, 'refunds { FIELD }')),
    RentalMovements: [`{ rentals(${argumentsIn(world)['Query.rentals']}) { FIELD } }`],
    RentalRate: [quote('lines { rate { FIELD } }')],
    RentedUnit: [
      `{ rentals(${argumentsIn(world)['Query.rentals']}) { leaving { FIELD } } }`,
      '{ bookingsAtRisk { overdue { FIELD } } }',
    ],
    WebhookEvent: ['{ webhookEvents(first: 100) { nodes { FIELD } } }'],
    WebhookEventConnection: ['{ webhookEvents { FIELD } }'],
    WebhookEventEdge: ['{ webhookEvents { edges { FIELD } } }'],
  };
}

/** To refunds, disputes, goods that were handed over, and what waits for staff. */
function waysToMoneyOut(world: AuthorizationFixtures): Record<string, string[]> {
  const orderWith = (id: string, selection: string) => `{ order(id: "${id}") { ${selection} } }`;
  return {
    Dispute: [orderWith(world.disputedOrder, 'disputes { FIELD }')],
    DisputeConnection: ['{ disputes { FIELD } }'],
    DisputeEdge: ['{ disputes { edges { FIELD } } }'],
    EvidenceFile: [orderWith(world.disputedOrder, 'disputes { files { FIELD } }')],
    EvidenceText: [orderWith(world.disputedOrder, 'disputes { texts { FIELD } }')],
    Fulfillment: [orderWith(world.toRefund, 'fulfillments { FIELD }')],
    FulfillmentLine: [orderWith(world.toRefund, 'fulfillments { lines { FIELD } }')],
    RefundAttempt: [orderWith(world.toRefund, 'refunds { attempts { FIELD } }')],
    LateFeeProposal: ['{ attention(kind: LATE_FEE_PROPOSED) { nodes { lateFee { FIELD } } } }'],
    Deposit: [orderWith(world.toRefund, 'deposits { FIELD }')],
    DepositCapture: [orderWith(world.toRefund, 'deposits { capture { FIELD } }')],
    Fee: [orderWith(world.toRefund, 'fees { FIELD }')],
    Withdrawal: [orderWith(world.toRefund, 'withdrawals { FIELD }')],
    WithdrawalLine: [orderWith(world.toRefund, 'withdrawals { lines { FIELD } }')],
    RefundLine: [orderWith(world.toRefund, 'refunds { lines { FIELD } }')],
    AttentionConnection: ['{ attention { FIELD } }'],
    AttentionEdge: ['{ attention { edges { FIELD } } }'],
    AttentionEntry: ['{ attention(first: 100) { nodes { FIELD } } }'],
  };
}

/**
 * What may be done again is done again; else a mutation gets something else to change than where it is tried for
 * itself.
 */
function waysToPayloads(world: AuthorizationFixtures): Record<string, string[]> {
  const { rentedUnits, line, freeUnit, managed, managedUnits, managedProduct, today } = world;
  const again = (mutation: string) => [
    `mutation { ${mutation}(${argumentsIn(world)[`Mutation.${mutation}`]}) { FIELD } }`,
  ];
  return {
    AcceptDisputePayload: [
      `mutation { acceptDispute(input: { disputeId: "${world.disputes[2]}", confirm: true }) { FIELD } }`,
    ],
    AcceptPaymentPayload: [`mutation { acceptPayment(orderId: "${world.toAcceptNext}") { FIELD } }`],
    AddUnitsPayload: [`mutation { addUnits(input: { equipmentId: "${managed}", labels: ["newer"] }) { FIELD } }`],
    AdjustStockPayload: again('adjustStock'),
    AnonymizeCustomerPayload: again('anonymizeCustomer'),
    BlockUnitPayload: [
      `mutation { blockUnit(input: { unitId: "${managedUnits[1]}", from: "${addDays(today, 70)}", to: "${addDays(today, 70)}", reason: "repair" }) { FIELD } }`,
    ],
    CaptureDepositPayload: again('captureDeposit'),
    ChargeFeePayload: again('chargeFee'),
    CloseRefundPayload: again('closeRefund'),
    CloseDatePayload: again('closeDate'),
    CloseWithdrawalPayload: again('closeWithdrawal'),
    CreateEquipmentPayload: again('createEquipment'),
    CreateProductPayload: again('createProduct'),
    DismissLateFeePayload: again('dismissLateFee'),
    MarkPickedUpPayload: again('markPickedUp'),
    MarkReturnedPayload: again('markReturned'),
    MarkFulfilledPayload: again('markFulfilled'),
    OpenDatePayload: again('openDate'),
    ReassignUnitPayload: [
      `mutation { reassignUnit(input: { orderLineId: "${line}", fromUnitId: "${freeUnit}", toUnitId: "${rentedUnits[2]}" }) { FIELD } }`,
    ],
    RefundOrderPayload: again('refundOrder'),
    ReleaseDepositPayload: again('releaseDeposit'),
    ReleaseLinePayload: again('releaseLine'),
    RejectPaymentPayload: [`mutation { rejectPayment(orderId: "${world.toRejectNext}") { FIELD } }`],
    ReplayWebhookEventPayload: again('replayWebhookEvent'),
    RetireUnitPayload: again('retireUnit'),
    RetryRefundPayload: again('retryRefund'),
    StageDisputeEvidencePayload: again('stageDisputeEvidence'),
    SubmitDisputeEvidencePayload: [
      `mutation { submitDisputeEvidence(input: { disputeId: "${world.disputes[3]}", confirm: true }) { FIELD } }`,
    ],
    SetClosedWeekdaysPayload: again('setClosedWeekdays'),
    SetStockPayload: again('setStock'),
    UnblockUnitPayload: again('unblockUnit'),
    WaiveFeePayload: again('waiveFee'),
    WithdrawPayload: again('withdraw'),
    UpdateEquipmentPayload: [
      `mutation { updateEquipment(input: { id: "${managed}", version: 2, name: "Vélo vert" }) { FIELD } }`,
    ],
    UpdateProductPayload: [
      `mutation { updateProduct(input: { id: "${managedProduct}", version: 2, name: "Gourde verte" }) { FIELD } }`,
    ],
  };
}
