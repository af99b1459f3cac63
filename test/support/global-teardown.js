/** Once a run: drops what the tests made and stops PostgreSQL. */
export default async function tearDown() {
  await globalThis.testDatabases?.stop();
}
