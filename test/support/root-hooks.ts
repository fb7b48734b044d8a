/** Mocha's root hooks: the shared servers are stopped at the end of the run. */
import { stopServers } from './servers.ts';

export const mochaHooks = {
  async afterAll(): Promise<void> {
    await stopServers();
  },
};
