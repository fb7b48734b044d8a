/**
 * The ways in which Holdfast says no to a caller: a stable code, a status and a safe message.
 * A refusal is the caller's mistake; our own faults and receivers' failures are never refusals.
 */

/** Every refusal's code and HTTP status. */
export const refusalStatuses = {
  invalid_json: 400,
  invalid_cursor: 400,
  bad_request: 400,
  unauthenticated: 401,
  insufficient_scope: 403,
  not_yours: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  still_running: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  invalid_field: 422,
  unknown_event: 422,
  idempotency_mismatch: 422,
} as const;

/** The stable code of a refusal. */
export type RefusalCode = keyof typeof refusalStatuses;

/** What is wrong with one field: its path in the request, and a sentence. */
export interface FieldFault {
  readonly path: string;
  readonly message: string;
}

/** Thrown to refuse a request; the API turns it into the reply, whole. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly status: number;
  readonly fields: readonly FieldFault[] | undefined;

  constructor(code: RefusalCode, message: string, fields?: readonly FieldFault[]) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.status = refusalStatuses[code];
    this.fields = fields;
  }
}

/** A 422 that names the fields at fault. */
export function refuseFields(fields: readonly FieldFault[]): Refusal {
  const [first] = fields;
  const message = first === undefined ? 'The request is not valid' : `${first.path}: ${first.message}`;
  return new Refusal('invalid_field', message, fields);
}
