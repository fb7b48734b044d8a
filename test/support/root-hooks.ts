/** Mocha's root hooks: the SDK's runtime is set up once, and the shared servers are stopped at the end. */
import { createLog } from '#platform/log.ts';
import { installRuntime } from '#worker/runtime.ts';
import { stopServers } from './servers.ts';

export const mochaHooks = {
  beforeAll(): void {
    installRuntime(createLog(process.env['HOLDFAST_LOG_LEVEL'] ?? 'silent'));
  },
  async afterAll(): Promise<void> {
    await stopServers();
  },
};
