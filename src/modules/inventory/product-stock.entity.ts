/** How many pieces of a product there are, and how many of them unpaid orders hold. */
import { defineEntity, p } from '@mikro-orm/core';
import { Product } from '../catalogue/product.entity.js';

// A row of its own: its counters change by conditional SQL alone, so it must not share an optimistic
// version with what staff edit on the product.
const ProductStockSchema = defineEntity({
  name: 'ProductStock',
  tableName: 'product_stocks',
  properties: {
    product: () => p.oneToOne(Product).primary().deleteRule('cascade'),
    /** Pieces in the shop, the held ones included; null is unlimited. */
    onHand: p.integer().nullable(),
    /** Pieces that unpaid orders hold; counted even where the stock is unlimited. */
    held: p.integer().default(0),
  },
  checks: [{ name: 'product_stocks_never_oversold', expression: '0 <= held and (on_hand is null or held <= on_hand)' }],
});

export class ProductStock extends ProductStockSchema.class {}
ProductStockSchema.setClass(ProductStock);
