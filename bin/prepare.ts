/** Makes what a first start needs and takes seconds to make: the bundle of the workflows. Starts nothing. */
import { bundleWorkflows } from '#worker/bundle-workflows.ts';

await bundleWorkflows();
