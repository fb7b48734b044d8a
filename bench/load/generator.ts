/** The bench's side of the generator: starts its process and hands it plans. */
import { startRemote } from '../processes/remote.ts';
import type { GeneratorServices } from './generator-process.ts';
import type { LoadOutcome, LoadPlan } from './load-plan.ts';
import type { PostCost, PostPlan } from './post-signed.ts';

/** A running generator. */
export interface Generator {
  readonly pid: number;
  /** Sends what the plan says, when it says so. */
  readonly sendLoad: (plan: LoadPlan) => Promise<LoadOutcome>;
  /** Measures the yardstick. */
  readonly postSigned: (plan: PostPlan) => Promise<PostCost>;
  readonly stop: () => Promise<void>;
}

/** Starts the generator in a process of its own. */
export function startGenerator(): Generator {
  const remote = startRemote<GeneratorServices>(new URL('./generator-process.ts', import.meta.url));
  return {
    pid: remote.pid,
    sendLoad: (plan) => remote.call('sendLoad', plan),
    postSigned: (plan) => remote.call('postSigned', plan),
    stop: remote.stop,
  };
}
