/** Mocha's root hooks: servers that the tests themselves started are stopped at the end of the run. */
import { stopServers } from './servers.ts';

export const mochaHooks = {
  async afterAll(): Promise<void> {
    await stopServers();
  },
};
