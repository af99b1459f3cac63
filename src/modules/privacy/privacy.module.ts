/** What a customer may ask to see, and to have erased. */
import type { ShopModule } from '../../platform/module.js';
import type { AnonymisationService } from './anonymisation.service.js';
import type { CustomerExportService } from './customer-export.service.js';
import { PrivacyResolver } from './privacy.resolver.js';

interface PrivacyNeeds {
  anonymisation: AnonymisationService;
  customerExport: CustomerExportService;
}

export const privacyModule: ShopModule<PrivacyNeeds> = {
  resolvers: [PrivacyResolver],
  createResolvers: ({ anonymisation, customerExport }) => [new PrivacyResolver(anonymisation, customerExport)],
  access: {
    'Query.exportCustomer': 'staff',
    'Mutation.anonymiseCustomer': 'staff',
    Anonymisation: 'staff',
    CustomerExport: 'staff',
  },
};
