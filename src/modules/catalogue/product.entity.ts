/** A product: sold by the piece, for good. */
import { defineEntity, p } from '@mikro-orm/core';
import { searchIndex, searchName } from './search-name.js';

const ProductSchema = defineEntity({
  name: 'Product',
  tableName: 'products',
  properties: {
    id: p.integer().primary(),
    name: p.string().length(200),
    /** The name as searches compare it; PostgreSQL keeps it in step. */
    searchName: searchName(),
    description: p.text().default(''),
    /** Price a piece, in minor units of `currency`. */
    priceMinor: p.bigint('number'),
    currency: p.string().columnType('char(3)'),
    /** False takes it off sale; orders that hold it stay as they are. */
    active: p.boolean().default(true),
    /** Whether the law lets buyers withdraw from it; frozen on each order. */
    withdrawalRight: p.boolean().default(true),
    /** Counts the changes: a change based on an outdated version is rejected. */
    version: p.integer().version(),
  },
  indexes: [searchIndex('products')],
  checks: [{ name: 'products_price_bounds', expression: 'price_minor >= 0 and price_minor <= 999999999999' }],
});

export class Product extends ProductSchema.class {}
ProductSchema.setClass(Product);
