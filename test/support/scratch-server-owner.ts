/** Run by a test as a process: starts a scratch server, tells its URL, and waits to be ended. */
import { startScratchServer } from '../../demo/database/scratch-server.js';

const server = await startScratchServer(null, { inMemory: true });
console.log(server.urlOf('postgres'));
setInterval(() => {}, 60_000);
