/** What a customer may ask to see, and to have erased. */
import type { ShopModule } from '../../platform/module.js';
import { PrivacyResolver } from './privacy.resolver.js';

export const privacyModule: ShopModule = {
  resolvers: [PrivacyResolver],
  access: {
    'Query.exportCustomer': 'staff',
    'Mutation.anonymiseCustomer': 'staff',
    Anonymisation: 'staff',
    CustomerExport: 'staff',
  },
};
