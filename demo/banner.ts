/** What the demo prints once everything runs. */
import type { Config } from '../src/config.js';
import { checkoutRequest, returnOrigin } from './request.js';
import { demoToken, type TokenEnvironment } from './tokens.js';

/** @param simulatorUrl null where the real Stripe is used */
export async function banner(
  config: Config,
  environment: TokenEnvironment,
  simulatorUrl: string | null,
  dataDirectory: string,
): Promise<string> {
  const url = `http://${config.host}:${config.port}`;
  const buyer = await demoToken(environment, 'alice');
  const staff = await demoToken(environment, 'marie', ['staff']);
  return [
    '',
    '  comptoir is open.',
    '',
    `  GraphQL             ${url}/graphql    (in a browser: Apollo Sandbox)`,
    `  Explorer, offline   ${url}/graphiql    (opens with a checkout: press ▶)`,
    simulatorUrl
      ? `  Stripe simulator    ${simulatorUrl}    (dashboard; its clock is the shop’s too)`
      : '  Stripe              the real one, with your keys',
    '',
    ...(buyer && staff ? tokens(buyer, staff) : ['  Tokens              from your identity provider', '']),
    '  Buy something: run this, open the "url" of the answer and pay with 4242 4242 4242 4242.',
    '',
    curlCommand(`${url}/graphql`, buyer ?? '…', returnOrigin(config)),
    '',
    ...(simulatorUrl ? inOneGo : []),
    `  Ctrl-C stops everything; the data stays in ${dataDirectory}`,
    '',
  ].join('\n');
}

// Commands pay, refund and rent on the simulator only.
const inOneGo = [
  '  Or all of it in one go:  npm run comptoir -- try-checkout --pay',
  '  And money that goes out: npm run comptoir -- try-refund',
  '  And days of a rental:    npm run comptoir -- try-rental',
  '',
];

function tokens(buyer: string, staff: string): string[] {
  return ['  Token of a buyer (alice):', `  ${buyer}`, '', '  Token of staff (marie):', `  ${staff}`, ''];
}

function curlCommand(url: string, token: string, returnOrigin: string): string {
  // On one line: a line break inside a JSON string would have to be escaped.
  const body = JSON.stringify(checkoutRequest(returnOrigin)).replaceAll(/(?:\\n *)+/g, ' ');
  return [
    `curl -s ${url} \\`,
    `  -H 'content-type: application/json' \\`,
    `  -H 'authorization: Bearer ${token}' \\`,
    `  -d '${body}'`,
  ].join('\n');
}
