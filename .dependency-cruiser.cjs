/** The imports that are allowed: each rule says why it exists. Types count as imports unless a rule says otherwise. */

// The order of the modules: each may import those below it, never those above.
const order = [
  ['attention', 'privacy', 'reconciliation'],
  ['webhooks'],
  ['checkout', 'refunds', 'disputes', 'fees', 'deposits'],
  ['withdrawals'],
  ['payments', 'rentals', 'fulfillment'],
  ['orders'],
  ['inventory', 'pricing'],
  ['catalogue'],
  ['shop'],
];

const orderRules = order.flatMap((modules, index) => {
  const above = order.slice(0, index).flat();
  if (above.length === 0) return [];
  return [
    {
      name: `${modules.join('-and-')}-below-${above.at(-1)}`,
      comment: 'Modules build on each other in one direction, so that each can be read without those above it.',
      severity: 'error',
      from: { path: `^src/modules/(${modules.join('|')})/` },
      to: { path: `^src/modules/(${above.join('|')})/` },
    },
  ];
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'platform-below-all',
      comment: 'The platform does not depend on the shop: it can be read, and replaced, by itself.',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/', pathNot: '^src/platform/' },
    },
    {
      name: 'stripe-below-the-modules',
      comment: 'The gateway speaks the words of the shop, and needs nothing of it.',
      severity: 'error',
      from: { path: '^src/stripe/' },
      to: { path: '^src/', pathNot: '^src/(stripe|platform)/' },
    },
    {
      name: 'modules-below-the-composition',
      comment: 'A module is given what it needs. What puts the modules together knows them all, and nobody knows it.',
      severity: 'error',
      from: { path: '^src/modules/' },
      to: { path: '^src/', pathNot: '^src/(modules|stripe|platform)/' },
    },
    ...orderRules,
    {
      name: 'no-cycles',
      comment:
        'Modules that need each other cannot be understood, or changed, one at a time. Entities are exempt: their relations point both ways and are resolved lazily.',
      severity: 'error',
      from: { pathNot: '\\.entity\\.ts$' },
      to: { circular: true, viaOnly: { pathNot: '\\.entity\\.ts$' } },
    },
    {
      name: 'no-cycles-of-folders',
      comment: 'Folders that need each other are one folder in two places.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^(src|packages)/' },
      to: { circular: true },
    },
    {
      name: 'entries-are-not-imported',
      comment: 'The process entries and the composition root know everything; what imported them would too.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|app|modules)\\.ts$' },
      to: { path: '^src/(main|app|services)\\.ts$' },
    },
    {
      name: 'app-builds-everything',
      comment:
        'Resolvers and routes are given their services; only the composition root constructs them. Types are free.',
      severity: 'error',
      from: { path: '^src/.*\\.(resolver|route)\\.ts$' },
      to: { path: '\\.service\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'entities-do-no-io',
      comment: 'Entities hold columns, invariants and transitions; what reads or writes is a service.',
      severity: 'error',
      from: { path: '\\.entity\\.ts$' },
      to: {
        path: '^src/',
        pathNot:
          '(\\.entity|/item-type|/search-name|/hold-state|/order-status|/order-rules|/order-event-cause|/review-reason|/refund-reason|/refund-and-dispute-status|/fulfillment-status)\\.ts$|^src/platform/kernel/',
      },
    },
    {
      name: 'shared-imports-nothing',
      comment: 'What everybody imports must not bring anything along.',
      severity: 'error',
      from: { path: '^src/platform/kernel/' },
      to: { path: '^src/', pathNot: '^src/platform/kernel/' },
    },
    {
      name: 'type-graphql-at-the-edge',
      comment: 'The API layer can be replaced as long as rules and data do not depend on it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '(\\.resolver|\\.types|\\.input)\\.ts$|^src/(api|platform/graphql)/' },
      to: { path: 'node_modules/type-graphql' },
    },
    {
      name: 'fastify-at-the-edge',
      comment: 'HTTP belongs to routes, to the server that they are added to, and to the composition root.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.route\\.ts$|^src/app\\.ts$|^src/platform/http/' },
      to: { path: 'node_modules/(fastify|@fastify)/' },
    },
    {
      name: 'stripe-sdk-behind-the-gateway',
      comment:
        'The shop speaks of payments in its own words; Stripe can then be replaced, and its errors have one reader. Its types describe what the webhook receives.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/stripe/' },
      to: { path: 'node_modules/stripe/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'stripe-types-in-webhooks-only',
      comment:
        'Beyond the webhook and what handles its events, Stripe’s objects have been turned into the shop’s words.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/(stripe|modules/webhooks)/|\\.handler\\.ts$|/(event-handler|payment-sync-requests)\\.ts$',
      },
      to: { path: 'node_modules/stripe/' },
    },
    {
      name: 'simulator-stands-alone',
      comment: 'The simulator plays Stripe: sharing code with the API would let both be wrong in the same way.',
      severity: 'error',
      from: { path: '^packages/stripe-simulator/' },
      to: { path: '^(src|demo|cli|proof|bench|test|scripts)/' },
    },
    {
      name: 'simulator-for-demo-and-tests',
      comment: 'Production must not be able to reach a simulated Stripe.',
      severity: 'error',
      from: { path: '^(src|cli)/' },
      to: { path: '^packages/stripe-simulator/' },
    },
    {
      name: 'packages-by-their-entry',
      comment: 'A package is used as by anybody who installs it; what it does not export may change at any time.',
      severity: 'error',
      from: { pathNot: '^packages/' },
      to: { path: '^packages/[^/]+/(?!src/index\\.ts$)' },
    },
    {
      name: 'packages-by-their-name',
      comment:
        'A relative path would reach into the folder of a package, where its `exports` cannot say what is public.',
      severity: 'error',
      from: { pathNot: '^packages/' },
      to: { path: '^packages/', dependencyTypesNot: ['aliased-workspace'] },
    },
    {
      name: 'no-development-dependencies-in-production',
      comment: 'Production is installed without them.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'source-stands-alone',
      comment:
        'Demo, commands, proofs, benchmarks and tests use the source, not the other way round; what they need (PostgreSQL, a simulated Stripe) is not there in production.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(demo|cli|proof|bench|test|scripts)/' },
    },
    {
      name: 'every-import-resolves',
      comment: 'An import that cannot be found fails only when it runs.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Built from what is looked at.
    exclude: { path: '^packages/[^/]+/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['comptoir-source', 'import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
