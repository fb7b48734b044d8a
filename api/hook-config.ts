/**
 * A hook's settings between the shape its owner gives them in and the columns that keep them: passwords sealed, a web
 * hook's address and secret in columns of their own. What is shown of them is masked here, and nowhere else.
 */
import type { Hook } from '#db/entities/hook.ts';
import { mask } from '#domain/mask.ts';
import { checkHookUrl } from '#domain/hook-url.ts';
import { refuseFields } from '#domain/refusals.ts';
import { hookSecretContext, hookSettingsContext } from '#domain/secret-contexts.ts';
import { maskSettings, secretSettings } from '#domain/services/mask-settings.ts';
import { readSettings } from '#domain/services/read-settings.ts';
import { findService } from '#domain/services/registry.ts';
import type { ServiceDeclaration, Settings } from '#domain/services/service.ts';
import { checkTargetHost } from '#platform/network/target-host.ts';
import type { ApiDependencies } from './dependencies.ts';

type ConfigDependencies = Pick<ApiDependencies, 'secrets' | 'guard' | 'httpsOnly' | 'sendsMail'>;

/** The columns that hold a hook's settings. */
export interface ConfigColumns {
  readonly url: string | null;
  readonly settings: Settings;
  readonly secret: Buffer | null;
  readonly secretSettings: Buffer | null;
}

/** The service that a hook is of. */
export function serviceOf(hook: Hook): ServiceDeclaration {
  const service = findService(hook.service);
  if (service === undefined) throw new Error(`Hook ${hook.id} is of an unknown service, ${hook.service}`);
  return service;
}

/**
 * Reads settings as their owner gives them into columns.
 *
 * @param previous the settings so far, open, whose passwords stay where the mask is given for them
 * @throws Refusal 422 with the path of each setting at fault, below `config`
 */
export function readConfig(
  dependencies: ConfigDependencies,
  hookId: string,
  service: ServiceDeclaration,
  given: Readonly<Record<string, unknown>>,
  previous: Settings = {},
): ConfigColumns {
  const reading = readSettings(service, given, previous);
  if ('problems' in reading) {
    throw refuseFields(
      reading.problems.map(({ setting, message }) => ({ path: `config.${setting}`, message })),
    );
  }
  checkReach(dependencies, service, reading.settings);
  return toColumns(dependencies, hookId, service, reading.settings);
}

/** Refuses what this Holdfast cannot send to. */
function checkReach(dependencies: ConfigDependencies, service: ServiceDeclaration, settings: Settings): void {
  const { url, server } = settings;
  if (typeof url === 'string') checkTarget(dependencies, url, 'config.url');
  if (service.name === 'irc' && typeof server === 'string') {
    const target = checkTargetHost(dependencies.guard, server);
    if (!target.ok) throw refuseFields([{ path: 'config.server', message: target.message }]);
  }
  if (service.name === 'email' && !dependencies.sendsMail) {
    throw refuseFields([
      { path: 'name', message: 'This Holdfast sends no mail: its operator has named no mail server' },
    ]);
  }
}

/** A URL as it is stored; 422 at `path` when it is not one that deliveries may go to. */
export function checkTarget({ guard, httpsOnly }: ConfigDependencies, url: string, path: string): string {
  const checked = checkHookUrl(url, { httpsOnly });
  if (!checked.ok) throw refuseFields([{ path, message: checked.message }]);
  const target = checkTargetHost(guard, checked.host);
  if (!target.ok) throw refuseFields([{ path, message: target.message }]);
  return checked.href;
}

function toColumns(
  dependencies: ConfigDependencies,
  hookId: string,
  service: ServiceDeclaration,
  given: Settings,
): ConfigColumns {
  const { secrets } = dependencies;
  if (service.name === 'web') {
    const { url, secret, ...settings } = given;
    return {
      url: checkTarget(dependencies, String(url), 'config.url'),
      settings: { ...settings, content_type: settings['content_type'] ?? 'form' },
      secret: typeof secret === 'string' ? secrets.seal(secret, hookSecretContext(hookId)) : null,
      secretSettings: null,
    };
  }
  const hidden = secretSettings(service);
  const pick = (isHidden: boolean): Settings =>
    Object.fromEntries(Object.entries(given).filter(([name]) => hidden.includes(name) === isHidden));
  return {
    url: null,
    settings: pick(false),
    secret: null,
    secretSettings: secrets.seal(JSON.stringify(pick(true)), hookSettingsContext(hookId)),
  };
}

/** A sealed column as bytes, or null where the hook has none. */
export function sealedBytes(column: Uint8Array | null | undefined): Buffer | null {
  return column === null || column === undefined ? null : Buffer.from(column);
}

/** A hook's settings, open. Never shown. */
export function openConfig({ secrets }: Pick<ApiDependencies, 'secrets'>, hook: Hook): Settings {
  const secret = sealedBytes(hook.secret);
  const passwords = sealedBytes(hook.secretSettings);
  if (hook.service === 'web') {
    return {
      ...webConfig(hook),
      ...(secret === null ? {} : { secret: secrets.open(secret, hookSecretContext(hook.id)) }),
    };
  }
  if (passwords === null) return hook.settings;
  const hidden = JSON.parse(secrets.open(passwords, hookSettingsContext(hook.id))) as Settings;
  return { ...hook.settings, ...hidden };
}

function webConfig(hook: Hook): Settings {
  return { content_type: 'json', insecure_ssl: false, ...hook.settings, url: hook.url ?? '' };
}

/** A hook's settings as they may be shown: passwords masked. */
export function shownConfig(dependencies: Pick<ApiDependencies, 'secrets'>, hook: Hook): Settings {
  const service = serviceOf(hook);
  if (service.name === 'web') {
    return { ...webConfig(hook), ...(sealedBytes(hook.secret) === null ? {} : { secret: mask }) };
  }
  return maskSettings(service, openConfig(dependencies, hook));
}

/** The same beside a hook's other fields, among which a web hook's address is already, and its secret is not shown. */
export function shownSettings(dependencies: Pick<ApiDependencies, 'secrets'>, hook: Hook): Settings {
  const shown = shownConfig(dependencies, hook);
  if (hook.service !== 'web') return shown;
  return Object.fromEntries(Object.entries(shown).filter(([name]) => name !== 'url' && name !== 'secret'));
}

/**
 * Where a hook's messages go, as it may be shown: a web hook's URL; only the host where the whole address is the secret;
 * null where there is none.
 */
export function shownUrl(dependencies: Pick<ApiDependencies, 'secrets'>, hook: Hook): string | null {
  if (hook.service === 'web') return hook.url ?? null;
  const { url } = openConfig(dependencies, hook);
  return typeof url === 'string' && URL.canParse(url) ? `${new URL(url).origin}/${mask}` : null;
}
