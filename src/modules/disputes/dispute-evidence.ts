/** The fields of evidence, and what an order itself says for them: pure functions. */
import type { DisputeEvidence } from '../../stripe/payment-gateway.js';

/** Named as at Stripe, in capitals. */
export enum EvidenceTextField {
  ACCESS_ACTIVITY_LOG = 'ACCESS_ACTIVITY_LOG',
  BILLING_ADDRESS = 'BILLING_ADDRESS',
  CANCELLATION_POLICY_DISCLOSURE = 'CANCELLATION_POLICY_DISCLOSURE',
  CANCELLATION_REBUTTAL = 'CANCELLATION_REBUTTAL',
  CUSTOMER_EMAIL_ADDRESS = 'CUSTOMER_EMAIL_ADDRESS',
  CUSTOMER_NAME = 'CUSTOMER_NAME',
  CUSTOMER_PURCHASE_IP = 'CUSTOMER_PURCHASE_IP',
  DUPLICATE_CHARGE_EXPLANATION = 'DUPLICATE_CHARGE_EXPLANATION',
  DUPLICATE_CHARGE_ID = 'DUPLICATE_CHARGE_ID',
  PRODUCT_DESCRIPTION = 'PRODUCT_DESCRIPTION',
  REFUND_POLICY_DISCLOSURE = 'REFUND_POLICY_DISCLOSURE',
  REFUND_REFUSAL_EXPLANATION = 'REFUND_REFUSAL_EXPLANATION',
  SERVICE_DATE = 'SERVICE_DATE',
  SHIPPING_ADDRESS = 'SHIPPING_ADDRESS',
  SHIPPING_CARRIER = 'SHIPPING_CARRIER',
  SHIPPING_DATE = 'SHIPPING_DATE',
  SHIPPING_TRACKING_NUMBER = 'SHIPPING_TRACKING_NUMBER',
  UNCATEGORIZED_TEXT = 'UNCATEGORIZED_TEXT',
}

export enum EvidenceFileField {
  CANCELLATION_POLICY = 'CANCELLATION_POLICY',
  CUSTOMER_COMMUNICATION = 'CUSTOMER_COMMUNICATION',
  CUSTOMER_SIGNATURE = 'CUSTOMER_SIGNATURE',
  DUPLICATE_CHARGE_DOCUMENTATION = 'DUPLICATE_CHARGE_DOCUMENTATION',
  RECEIPT = 'RECEIPT',
  REFUND_POLICY = 'REFUND_POLICY',
  SERVICE_DOCUMENTATION = 'SERVICE_DOCUMENTATION',
  SHIPPING_DOCUMENTATION = 'SHIPPING_DOCUMENTATION',
  UNCATEGORIZED_FILE = 'UNCATEGORIZED_FILE',
}

/** Stripe's, of each text. */
export const MAX_EVIDENCE_TEXT = 20_000;

/** What Stripe calls the field. */
export function providerField(field: EvidenceTextField | EvidenceFileField): string {
  return field.toLowerCase();
}

/** What is known of an order when its payment is disputed. */
export interface DisputedOrder {
  number: string | null;
  placedOn: string;
  customer: {
    name: string;
    email: string;
    address: string;
  };
  ip: string | null;
  /** The opaque id of the buyer's account. */
  accountId: string;
  termsVersion: string | null;
  goods: readonly { quantity: number; name: string; startDate: string | null; endDate: string | null }[];
  sent: readonly { on: string; carrier: string | null; trackingNumber: string | null }[];
  units: readonly { label: string; pickedUpAt: Date | null; returnedAt: Date | null }[];
}

/** Evidence that the order itself gives, by Stripe's names; what is not known is left out. */
export function evidenceOf(order: DisputedOrder): DisputeEvidence {
  const { customer, goods, sent } = order;
  const rental = goods.find(({ startDate }) => startDate !== null);
  const last = sent.at(-1);
  const known: Record<string, string | null | undefined> = {
    product_description: goods.map(inWords).join('\n'),
    customer_name: customer.name,
    customer_email_address: customer.email,
    billing_address: customer.address,
    customer_purchase_ip: order.ip,
    service_date: rental?.startDate,
    shipping_carrier: last?.carrier,
    shipping_tracking_number: last?.trackingNumber,
    shipping_date: last?.on,
    shipping_address: last ? customer.address : null,
    refund_policy_disclosure: order.termsVersion
      ? `The buyer accepted version ${order.termsVersion} of the terms when ordering on ${order.placedOn}.`
      : null,
    uncategorized_text: historyOf(order),
  };
  return Object.fromEntries(
    Object.entries(known).flatMap(([field, text]) => (text ? [[field, text.slice(0, MAX_EVIDENCE_TEXT)]] : [])),
  );
}

function inWords({ quantity, name, startDate, endDate }: DisputedOrder['goods'][number]): string {
  const days = startDate === null ? '' : `, rented from ${startDate} to ${endDate}`;
  return `${quantity} × ${name}${days}`;
}

function historyOf({ number, placedOn, accountId, units }: DisputedOrder): string {
  const at = (instant: Date | null) => instant?.toISOString() ?? null;
  return [
    `Order ${number ?? ''} was placed on ${placedOn} from the account ${accountId}.`,
    ...units.flatMap(({ label, pickedUpAt, returnedAt }) => [
      ...(pickedUpAt ? [`Unit ${label} was picked up at ${at(pickedUpAt)}.`] : []),
      ...(returnedAt ? [`Unit ${label} was brought back at ${at(returnedAt)}.`] : []),
    ]),
  ].join('\n');
}
