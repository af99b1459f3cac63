/** What the shop has on offer. */
import type { ShopModule } from '../../platform/module.js';
import { CatalogueResolver, EquipmentResolver, ProductResolver } from './catalogue.resolver.js';
import type { CatalogueService } from './catalogue.service.js';
import { CatalogueChange } from './catalogue-change.entity.js';
import { Equipment } from './equipment.entity.js';
import { EquipmentUnit } from './equipment-unit.entity.js';
import { CatalogueChangeResolver, CatalogueManagementResolver } from './management.resolver.js';
import type { CatalogueManagementService } from './management.service.js';
import { Product } from './product.entity.js';

interface CatalogueDependencies {
  catalogue: CatalogueService;
  catalogueManagement: CatalogueManagementService;
}

export const catalogueModule: ShopModule<CatalogueDependencies> = {
  entities: [Product, Equipment, EquipmentUnit, CatalogueChange],
  resolvers: [
    CatalogueResolver,
    ProductResolver,
    EquipmentResolver,
    CatalogueManagementResolver,
    CatalogueChangeResolver,
  ],
  createResolvers: ({ catalogue, catalogueManagement }) => [
    new CatalogueResolver(catalogue),
    new CatalogueManagementResolver(catalogueManagement),
  ],
  access: {
    'Query.catalogue': 'anyone',
    'Query.catalogue(includeInactive)': 'staff',
    'Query.catalogueChanges': 'staff',
    // What is not on offer is found for staff alone.
    'Query.catalogueItem': 'anyone',
    'Mutation.addUnits': 'staff',
    'Mutation.createEquipment': 'staff',
    'Mutation.updateEquipment': 'staff',
    'Mutation.updateProduct': 'staff',
    CatalogueConnection: 'anyone',
    CatalogueEdge: 'anyone',
    Equipment: 'anyone',
    Product: 'anyone',
    RentalRate: 'anyone',
    CatalogueChange: 'staff',
    CatalogueChangeConnection: 'staff',
    CatalogueChangeEdge: 'staff',
    AddUnitsPayload: 'staff',
    CreateEquipmentPayload: 'staff',
    UpdateEquipmentPayload: 'staff',
    UpdateProductPayload: 'staff',
  },
};
