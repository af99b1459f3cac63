/** "Address in use", in words that say what to do. */
import { ExplainedError } from './explained-error.js';

export class PortInUseError extends ExplainedError {
  /** @param variable the environment variable that chooses the port */
  constructor(port: number, variable: string, cause: unknown) {
    super(`Port ${port} is in use: stop what listens there, or choose another with ${variable}.`, { cause });
  }

  /** For the `catch` of a listening server: other errors pass unchanged. */
  static naming(port: number, variable: string): (error: unknown) => never {
    return (error) => {
      throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? new PortInUseError(port, variable, error) : error;
    };
  }
}
