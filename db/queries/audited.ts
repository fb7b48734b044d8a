/** The end of a statement that changes a delivery in a part named `changed`: its row in the audit, and what has changed. */

/** What the audit is told: texts of SQL. */
export interface AuditTexts {
  readonly username: string;
  readonly request: string;
  readonly details: string;
}

/** Leaves a row for each delivery that was changed, and none where none was. */
export function audited(action: string, { username, request, details }: AuditTexts): string {
  return `noted as (
    insert into audit (username, action, delivery_id, request_id, details)
    select ${username}, '${action}', id, ${request}, ${details} from changed
  ) select * from changed`;
}
