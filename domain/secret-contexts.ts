/**
 * What a sealed value belongs to. Sealing binds a value to its context, so that one hook's secret,
 * copied into another hook's row, does not open.
 */

/** The context of a hook's signing secret, present or previous. */
export function hookSecretContext(hookId: string): string {
  return `hook/${hookId}/secret`;
}

/** The context of the passwords among a hook's settings. */
export function hookSettingsContext(hookId: string): string {
  return `hook/${hookId}/settings`;
}

/** The context of a hook's custom headers. */
export function hookHeadersContext(hookId: string): string {
  return `hook/${hookId}/headers`;
}
