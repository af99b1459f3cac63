#!/usr/bin/env node
/** Starts the program where Node can run it. Any Node that knows modules can read this file. */
const OLDEST_MAJOR = 20;
const version = process.versions.node;

if (Number(version.split('.')[0]) < OLDEST_MAJOR) {
  console.error(
    `The Stripe simulator needs Node ${OLDEST_MAJOR} or newer, and this is ${version}: see https://nodejs.org/en/download`,
  );
  process.exitCode = 1;
} else {
  void import('#program');
}
