/** The production process: configuration from the environment, then the API, then a graceful stop. */
import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.js';
import { loadConfig } from './config.js';
import { connect } from './connect.js';
import { serializeError } from './platform/database/describe-error.js';
import { explain } from './platform/kernel/explained-error.js';
import { dieAtFailPoints } from './platform/kernel/fail-point.js';
import { PortInUseError } from './platform/kernel/port-in-use-error.js';

// An orchestrator kills a process ten seconds after SIGTERM; requests to Stripe take eight at most.
const SHUTDOWN_TIMEOUT_MS = 9_500;

try {
  const config = loadConfig();
  if (config.failPoints.length > 0) dieAtFailPoints(config.failPoints);
  const orm = await connect(config.databaseUrl);
  const app = await buildApp({ config, orm });
  const close = async () => {
    await app.close();
    await orm.close();
  };
  const grace = closeWithGrace({ delay: SHUTDOWN_TIMEOUT_MS, logger: app.log }, async ({ err }) => {
    if (err) app.log.error({ err }, 'The process ends after an unexpected error');
    await close();
  });
  try {
    await app.listen({ host: config.host, port: config.port }).catch(PortInUseError.naming(config.port, 'PORT'));
  } catch (error) {
    grace.uninstall();
    await close();
    throw error;
  }
} catch (error) {
  console.error(explain(error) ?? serializeError(error as Error));
  process.exitCode = 1;
}
