/**
 * Loaded before everything else (`node --import`) by processes that run workflows, and by the SDK's workflow threads,
 * which inherit it: leaves out two of the SDK's safeguards that cost half of a workflow thread's time.
 *
 * - The SDK gives every entry into workflow code a timeout, for which Node starts and joins a thread, eleven times a
 *   delivery. It guards against an endless loop in workflow code; ours is short and tested.
 * - The SDK records a stack trace for each promise of a workflow, for the call stack in the Temporal UI. Ours shows what
 *   a workflow waits for in its current details and by the `state` query instead.
 *
 * `HOLDFAST_WORKFLOW_SAFEGUARDS=true` keeps both. Never touches anything outside of workflow threads.
 */
import { promiseHooks } from 'node:v8';
import { Script, type Context, type RunningScriptOptions } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

type RunInContext = (this: Script, context: Context, options?: RunningScriptOptions) => unknown;

if (!isMainThread && !['true', '1'].includes(process.env['HOLDFAST_WORKFLOW_SAFEGUARDS'] ?? '')) {
  const stock = Object.getOwnPropertyDescriptor(Script.prototype, 'runInContext')?.value as RunInContext;
  Script.prototype.runInContext = function runWithoutWatchdog(this: Script, context, options) {
    return stock.call(this, context, { ...options, timeout: undefined });
  };
  promiseHooks.createHook = () => {
    // The SDK goes on without it and answers who asks for a call stack that there is none; what it tells the console as
    // well, once for each thread, is what was asked for here.
    /* oxlint-disable no-console -- to keep one line of the SDK from it */
    const { warn } = console;
    console.warn = () => {
      console.warn = warn;
    };
    /* oxlint-enable no-console */
    throw new Error('Switched off');
  };
}
