/** `/v1/files`: create by upload, retrieve and list. */
import type Stripe from 'stripe';
import { invalidParameter, missingObject } from '../errors.js';
import { showFile, storeEvidenceFile } from '../file-storage.js';
import type { StoredFile } from '../objects.js';
import { isWithin, paginate } from '../pagination.js';
import {
  enumeration,
  expandField,
  integer,
  notImplementedYet,
  object,
  paginationFields,
  range,
  text,
} from '../parameter-schema.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';

const PATH = '/v1/files';
const OBJECT_TYPE = 'file';

/** What `readApiParameters` writes of a file. */
interface FileDescription {
  filename: string;
  sha256: string;
  size: number;
  type: string;
}

type CreateParameters = Omit<Stripe.FileCreateParams, 'file'> & { file: FileDescription };

const fileDescription = object<FileDescription>(
  { filename: text({ unsettable: true }), sha256: text(), size: integer(), type: text({ unsettable: true }) },
  { required: true },
);

/** Only evidence can be uploaded: a list of anything else is empty. */
const LISTED_PURPOSE = enumeration({
  account_requirement: true,
  additional_verification: true,
  business_icon: true,
  business_logo: true,
  customer_signature: true,
  dispute_evidence: true,
  document_provider_identity_document: true,
  finance_report_run: true,
  financial_account_statement: true,
  identity_document: true,
  identity_document_downloadable: true,
  issuing_regulatory_reporting: true,
  pci_document: true,
  platform_terms_of_service: true,
  selfie: true,
  sigma_scheduled_query: true,
  tax_document_user_upload: true,
  terminal_android_apk: true,
  terminal_reader_splashscreen: true,
  terminal_wifi_certificate: true,
  terminal_wifi_private_key: true,
});

const UPLOADED_PURPOSE = {
  ...enumeration({
    account_requirement: 'not_implemented',
    additional_verification: 'not_implemented',
    business_icon: 'not_implemented',
    business_logo: 'not_implemented',
    customer_signature: 'not_implemented',
    dispute_evidence: true,
    identity_document: 'not_implemented',
    issuing_regulatory_reporting: 'not_implemented',
    pci_document: 'not_implemented',
    platform_terms_of_service: 'not_implemented',
    tax_document_user_upload: 'not_implemented',
    terminal_android_apk: 'not_implemented',
    terminal_reader_splashscreen: 'not_implemented',
    terminal_wifi_certificate: 'not_implemented',
    terminal_wifi_private_key: 'not_implemented',
  }),
  required: true,
};

export function fileRoutes(simulation: Simulation): Route[] {
  const { store } = simulation;
  return [
    createRoute(simulation),
    defineRoute<Stripe.FileRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id }) => {
        const stored = store.files.get(id);
        if (stored === undefined) throw missingObject(OBJECT_TYPE, id);
        return showFile(simulation, stored);
      },
    }),
    defineRoute<Stripe.FileListParams>({
      method: 'GET',
      path: PATH,
      answers: `${OBJECT_TYPE}[]`,
      parameters: { ...paginationFields, created: range(), expand: expandField, purpose: LISTED_PURPOSE },
      handle: ({ parameters }) => {
        const { created, purpose } = parameters;
        const matches = ({ file }: StoredFile) =>
          isWithin(file.created, created) && (purpose === undefined || file.purpose === purpose);
        const files = store.files.newestFirst();
        const page = paginate(files, parameters, { url: PATH, objectType: OBJECT_TYPE, matches });
        return { ...page, data: page.data.map((stored) => showFile(simulation, stored)) };
      },
    }),
  ];
}

function createRoute(simulation: Simulation): Route {
  return defineRoute<CreateParameters>({
    method: 'POST',
    path: PATH,
    answers: OBJECT_TYPE,
    parameters: {
      expand: expandField,
      file: fileDescription,
      file_link_data: notImplementedYet(),
      purpose: UPLOADED_PURPOSE,
    },
    handle: ({ upload }) => {
      if (upload === null) throw invalidParameter('The file has to be uploaded as multipart/form-data.', 'file');
      return showFile(simulation, storeEvidenceFile(simulation, upload));
    },
  });
}
