/** The id of this installation of the shop, made with its database. */
import { defineEntity, p } from '@mikro-orm/core';

const InstallationSchema = defineEntity({
  name: 'Installation',
  tableName: 'installations',
  properties: {
    /** There is one row. */
    id: p.integer().primary().autoincrement(false),
    installationId: p.uuid(),
  },
  checks: [{ name: 'installations_one_row', expression: 'id = 1' }],
});

export class Installation extends InstallationSchema.class {}
InstallationSchema.setClass(Installation);
