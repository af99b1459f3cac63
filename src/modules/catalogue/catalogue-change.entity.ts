/** One change of the catalogue by staff: who, when, what it was and what it became. The database refuses to alter it. */
import { defineEntity, p } from '@mikro-orm/core';
import { ItemType } from './item-type.js';

/** What staff did to an item. */
export enum CatalogueChangeAction {
  CREATED = 'CREATED',
  UPDATED = 'UPDATED',
  STOCK_CHANGED = 'STOCK_CHANGED',
  UNITS_ADDED = 'UNITS_ADDED',
  UNIT_RETIRED = 'UNIT_RETIRED',
  UNIT_BLOCKED = 'UNIT_BLOCKED',
  UNIT_UNBLOCKED = 'UNIT_UNBLOCKED',
  /** Written by another version of this program. */
  OTHER = 'OTHER',
}

const CatalogueChangeSchema = defineEntity({
  name: 'CatalogueChange',
  tableName: 'catalogue_changes',
  properties: {
    id: p.bigint('number').primary(),
    at: p.datetime(),
    /** `staff:…`: an opaque id, never a name. */
    actor: p.string().length(300),
    /** No foreign key: the row outlives whatever becomes of the item. */
    itemType: p.enum(() => ItemType),
    itemId: p.integer(),
    /** The unit, where it was one of the equipment's. */
    unitId: p.integer().nullable(),
    /** Not an enum of the database's, since an older version may write words of its own. */
    action: p.string().length(60).$type<CatalogueChangeAction>(),
    /** The values that changed, as they were and as they are; null where there was, or is, nothing. */
    before: p.json<Record<string, unknown>>().nullable(),
    after: p.json<Record<string, unknown>>().nullable(),
    /** Why, in the words of the person who made the change. */
    reason: p.string().length(300).nullable(),
  },
  indexes: [{ name: 'catalogue_changes_item_index', properties: ['itemType', 'itemId', 'id'] }],
  triggers: [
    {
      name: 'append_only',
      timing: 'before',
      events: ['update', 'delete'],
      forEach: 'row',
      body: "raise exception 'catalogue_changes is append-only';",
    },
  ],
});

export class CatalogueChange extends CatalogueChangeSchema.class {}
CatalogueChangeSchema.setClass(CatalogueChange);
