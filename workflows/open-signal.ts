/**
 * Opens a signal: from the bytes that Temporal keeps to a value that can be handed over, or to what is wrong with it.
 * Never throws, whatever somebody signalled: a fault here would stop every signal behind it. Judges no event.
 */
// oxlint-disable-next-line no-restricted-imports -- part of what @temporalio/workflow stands on, which does not pass it on
import { rawValueTypeInfo, type RawValue } from '@temporalio/common';
import { defaultPayloadConverter, defineSignal } from '@temporalio/workflow';
import { intakeLimits } from '#domain/limits.ts';
import { nestsDeeperThan } from '#domain/nesting.ts';
import type { RefusalCode } from '#domain/refusals.ts';
import { signalLimits } from '#domain/signal-limits.ts';
import { eventSignalName } from './producer-messages.ts';

/** Reports an event. The handler is given its bytes: the SDK itself would fail over those that it cannot read. */
export const eventSignal = defineSignal<[sent?: RawValue]>(eventSignalName, {
  typeInfo: { inputTypes: [rawValueTypeInfo] },
});

/** What a signal turned out to be. */
export type OpenedSignal =
  | { readonly kind: 'event'; readonly signal: object }
  | { readonly kind: 'wrong'; readonly code: RefusalCode; readonly reason: string; readonly signal?: object };

/** Opens a signal. */
export function openSignal(sent: RawValue | undefined): OpenedSignal {
  let signal: unknown;
  try {
    signal = sent === undefined ? undefined : defaultPayloadConverter.fromPayload(sent.payload);
  } catch (error) {
    return {
      kind: 'wrong',
      code: 'invalid_json',
      reason: `The signal cannot be read: ${(error as Error).message}`,
    };
  }
  if (!isRecord(signal)) {
    const reason = 'event: must be an object {key, type, payload | payloadText}';
    return { kind: 'wrong', code: 'invalid_field', reason };
  }
  const bytes = sent?.payload.data?.length ?? 0;
  if (bytes > signalLimits.bytes) {
    const reason = `A signal may have at most ${signalLimits.bytes} bytes, not ${bytes}`;
    return { kind: 'wrong', code: 'payload_too_large', reason, signal };
  }
  // Far below where writing it again would fail; one level is the signal's own.
  if (nestsDeeperThan(signal, intakeLimits.payloadDepth + 1)) {
    const reason = `The payload nests deeper than ${intakeLimits.payloadDepth} levels`;
    return { kind: 'wrong', code: 'invalid_json', reason, signal };
  }
  return { kind: 'event', signal };
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
