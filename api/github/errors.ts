/** Errors in GitHub's shape, for the routes that its clients call. */
import { refusalStatuses, type Refusal } from '#domain/refusals.ts';

/** True for a path whose callers expect GitHub's shape. */
export function isGitHubPath(path: string): boolean {
  return /^\/(repos|hooks|hub)(\/|$)/.test(path);
}

/** What GitHub says for a status, whatever the particular thing. */
const messages: Readonly<Record<number, string>> = {
  400: 'Problems parsing JSON',
  401: 'Bad credentials',
  404: 'Not Found',
  422: 'Validation Failed',
};

/** A refusal as JSON. */
export function presentGitHubRefusal({ status, code, message, fields }: Refusal) {
  const isParsing = code === 'invalid_json';
  const said =
    status === refusalStatuses.invalid_json && !isParsing ? message : (messages[status] ?? message);
  if (status !== 422) return { message: said };
  return {
    message: said,
    errors: (fields ?? [{ path: 'body', message }]).map(({ path, message: fault }) => ({
      resource: 'Hook',
      field: path.replace(/^config\./, ''),
      code: /required|received undefined/i.test(fault) ? 'missing_field' : 'invalid',
      message: fault,
    })),
  };
}
