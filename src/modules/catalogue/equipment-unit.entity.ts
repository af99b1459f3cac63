/** One piece of equipment that can be handed out, with the number on its label. */
import { defineEntity, p } from '@mikro-orm/core';
import { Equipment } from './equipment.entity.js';

const EquipmentUnitSchema = defineEntity({
  name: 'EquipmentUnit',
  tableName: 'equipment_units',
  properties: {
    id: p.integer().primary(),
    equipment: () => p.manyToOne(Equipment).index(),
    /** What the label on the unit says, unique among the units of its kind. */
    label: p.string().length(40),
    /** False once it is retired: it is not booked any more. */
    active: p.boolean().default(true),
  },
  uniques: [{ name: 'equipment_units_label_unique', properties: ['equipment', 'label'] }],
});

export class EquipmentUnit extends EquipmentUnitSchema.class {}
EquipmentUnitSchema.setClass(EquipmentUnit);
