/** The workflows, and one that never gives its thread back. */
export { deliverEvent } from '#workflows/deliver-event.ts';

/** Never ends. */
export async function loopForever(): Promise<void> {
  for (;;);
}
