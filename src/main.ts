/** The production process: configuration from the environment, then the API, then a graceful stop. */
import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.js';
import { ConfigError, loadConfig } from './config.js';
import { connect } from './database/connect.js';

// An orchestrator kills ten seconds after it asked; requests to Stripe take eight at most.
const SHUTDOWN_TIMEOUT_MS = 9_500;

try {
  const config = loadConfig();
  const orm = await connect(config.databaseUrl);
  const app = await buildApp({ config, orm });
  await app.listen({ host: config.host, port: config.port });
  closeWithGrace({ delay: SHUTDOWN_TIMEOUT_MS, logger: app.log }, async ({ err }) => {
    if (err) app.log.error({ err }, 'The process ends after an unexpected error');
    await app.close();
    await orm.close();
  });
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
