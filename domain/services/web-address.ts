/**
 * The rules for a setting that is the address of a receiver, the same as for the URL of any hook.
 * Whether the address may be reached, and whether http: will do, is for whoever knows the operator's mind.
 */
import { checkHookUrl } from '../hook-url.ts';
import { mask } from '../mask.ts';
import type { SettingProblem, Settings } from './service.ts';
import { textSetting } from './setting-value.ts';

/** What is wrong with the address in a setting; nothing if it is not set. */
export function checkWebAddress(settings: Settings, setting: string): readonly SettingProblem[] {
  const text = textSetting(settings, setting);
  if (text === undefined) return [];
  // An address is shown as https://host/********: sent back, it must not replace the true one.
  if (text.includes(mask)) return [{ setting, message: `Send ${mask} alone to keep the address` }];
  const check = checkHookUrl(text, { httpsOnly: false });
  return check.ok ? [] : [{ setting, message: check.message }];
}

/** The address in a setting, in the spelling of a URL parser. */
export function readWebAddress(settings: Settings, setting: string): string | undefined {
  const text = textSetting(settings, setting);
  if (text === undefined) return undefined;
  const check = checkHookUrl(text, { httpsOnly: false });
  return check.ok ? check.href : undefined;
}
