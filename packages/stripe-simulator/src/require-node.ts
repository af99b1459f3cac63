/** Ends the process where Node is too old, before anything else is loaded. */

const OLDEST_MAJOR = 24;
const { node: version } = process.versions;

if (Number(version.split('.')[0]) < OLDEST_MAJOR) {
  console.error(
    `The Stripe simulator needs Node ${OLDEST_MAJOR} or newer, and this is ${version}: see https://nodejs.org/en/download`,
  );
  process.exit(1);
}
