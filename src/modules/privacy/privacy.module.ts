/** Exporting and anonymising customers. */
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { ShopModule } from '../../platform/module.js';
import type { AnonymisationService } from './anonymisation.service.js';
import { AnonymiseRemainingEventsJob } from './anonymise-remaining-events.job.js';
import type { CustomerExportService } from './customer-export.service.js';
import { PrivacyResolver } from './privacy.resolver.js';

interface PrivacyDependencies {
  anonymisation: AnonymisationService;
  customerExport: CustomerExportService;
  clock: Clock;
  logger: Logger;
}

export const privacyModule: ShopModule<PrivacyDependencies> = {
  resolvers: [PrivacyResolver],
  createResolvers: ({ anonymisation, customerExport }) => [new PrivacyResolver(anonymisation, customerExport)],
  createJobs: ({ anonymisation, clock, logger }) => [new AnonymiseRemainingEventsJob(anonymisation, clock, logger)],
  access: {
    'Query.customerExport': 'staff',
    'Mutation.anonymizeCustomer': 'staff',
    AnonymizeCustomerPayload: 'staff',
    CustomerExport: 'staff',
  },
};
