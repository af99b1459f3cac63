/** Parameters that several resources take alike: addresses and where something is shipped. */
import type Stripe from 'stripe';
import { object, type Parsed, text } from '../parameter-schema.js';

const addressFields = {
  city: text(),
  country: text({ maximumLength: 2 }),
  line1: text(),
  line2: text(),
  postal_code: text(),
  state: text(),
};

export const addressParameter = object<Stripe.AddressParam>(addressFields);

interface ShippingParameters<Address = Stripe.ShippingAddressParam> {
  address: Address;
  carrier?: string;
  name: string;
  phone?: string;
  tracking_number?: string;
}

export const shippingParameter = object<ShippingParameters>({
  address: object<Stripe.ShippingAddressParam>(
    { ...addressFields, line1: text({ required: true }) },
    { required: true },
  ),
  carrier: text(),
  name: text({ required: true }),
  phone: text(),
  tracking_number: text(),
});

/** What is not given is null. */
export function buildAddress(address: Parsed<Stripe.AddressParam>): Stripe.Address {
  return { city: null, country: null, line1: null, line2: null, postal_code: null, state: null, ...address };
}

export function buildShipping(
  shipping: Parsed<ShippingParameters<Stripe.AddressParam>> | null | undefined,
): Stripe.PaymentIntent.Shipping | null {
  if (shipping === undefined || shipping === null) return null;
  return {
    address: buildAddress(shipping.address),
    carrier: shipping.carrier ?? null,
    name: shipping.name,
    phone: shipping.phone ?? null,
    tracking_number: shipping.tracking_number ?? null,
  };
}
