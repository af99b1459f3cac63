/** The lines of a session: prices and products made from the `price_data` of a request. */
import type Stripe from 'stripe';
import type { Complete } from '../complete-object.js';
import { checkAmount } from '../currencies.js';
import { invalidParameter } from '../errors.js';
import { createId } from '../ids.js';
import type { LineItem, Price } from '../objects.js';
import type { Parsed } from '../parameter-schema.js';

type Parameters = Parsed<Stripe.Checkout.SessionCreateParams.LineItem>;
type ProductData = NonNullable<NonNullable<Parameters['price_data']>['product_data']>;

interface Line {
  lineItem: LineItem;
  product: Stripe.Product;
}

/** `created` is in seconds. Throws Stripe's 400 for an item without the parts of a price. */
export function buildLines(items: Parameters[], created: number): Line[] {
  if (items.length === 0) throw missing('line_items');
  return items.map((item, index) => buildLine(item, `line_items[${index}]`, created));
}

function buildLine(item: Parameters, param: string, created: number): Line {
  const { price_data: priceData, quantity } = item;
  if (priceData === undefined) {
    const message = 'You must specify either `price` or `price_data` when using prices.';
    throw invalidParameter(message, param);
  }
  if (quantity === undefined) throw missing(`${param}[quantity]`);
  const { unit_amount: unitAmount, product_data: productData } = priceData;
  if (unitAmount === undefined) throw missing(`${param}[price_data][unit_amount]`);
  if (productData === undefined) throw missing(`${param}[price_data][product_data]`);
  const currency = priceData.currency.toLowerCase();
  const error = checkAmount(unitAmount, currency, `${param}[price_data][unit_amount]`);
  if (error !== null) throw error;
  const amount = unitAmount * quantity;
  const product = buildProduct(productData, created);
  const lineItem = {
    id: createId('lineItem'),
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency,
    description: productData.name,
    metadata: item.metadata ?? {},
    price: buildPrice(unitAmount, currency, priceData.tax_behavior ?? 'unspecified', product),
    quantity,
  } satisfies Complete<LineItem, 'discounts' | 'taxes'>;
  return { lineItem, product };
}

/** Like its price, the product belongs to its session and cannot be sold again. */
function buildProduct(data: ProductData, created: number): Stripe.Product {
  return {
    id: createId('product'),
    object: 'product',
    active: false,
    created,
    default_price: null,
    description: data.description ?? null,
    images: data.images ?? [],
    livemode: false,
    marketing_features: [],
    metadata: data.metadata ?? {},
    name: data.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: data.unit_label ?? null,
    updated: created,
    url: null,
  } satisfies Complete<Stripe.Product, 'deleted'>;
}

/** Inline prices are inactive: they belong to their session and cannot be used again. */
function buildPrice(
  unitAmount: number,
  currency: string,
  taxBehavior: Stripe.Price.TaxBehavior,
  product: Stripe.Product,
): Price {
  return {
    id: createId('price'),
    object: 'price',
    active: false,
    billing_scheme: 'per_unit',
    created: product.created,
    currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: product.id,
    recurring: null,
    tax_behavior: taxBehavior,
    tiers_mode: null,
    transform_quantity: null,
    type: 'one_time',
    unit_amount: unitAmount,
    unit_amount_decimal: String(unitAmount),
  } satisfies Complete<Price, 'currency_options' | 'deleted' | 'tiers'>;
}

function missing(param: string) {
  return invalidParameter(`Missing required param: ${param}.`, param, 'parameter_missing');
}
