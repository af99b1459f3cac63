/** Ends the process where Node is too old: imported before anything that would load there, and fail later. */

const OLDEST_MAJOR = 24;
const { node: version } = process.versions;

if (Number(version.split('.')[0]) < OLDEST_MAJOR) {
  console.error(
    `comptoir needs Node ${OLDEST_MAJOR} or newer, and this is ${version}: see https://nodejs.org/en/download`,
  );
  process.exit(1);
}
