/** Finds the folder for what is worth keeping between runs and can be had again: outside git, never shared. */
import { mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The first of `$XDG_CACHE_HOME/holdfast`, `~/.cache/holdfast` and a folder in tmp that is ours to write. */
export async function findCacheFolder(env: NodeJS.ProcessEnv): Promise<string> {
  const { XDG_CACHE_HOME: xdg = '', HOME: home = '' } = env;
  const folders = [
    ...(isAbsolute(xdg) ? [join(xdg, 'holdfast')] : []),
    ...(isAbsolute(home) ? [join(home, '.cache', 'holdfast')] : []),
    join(tmpdir(), `holdfast-cache-${process.getuid?.() ?? 'user'}`),
  ];
  for (const folder of folders) {
    if (await isOurs(folder)) return folder;
  }
  throw new Error(`None of these folders can be written: ${folders.join(', ')}. Set XDG_CACHE_HOME.`);
}

/** In tmp anybody may make a folder of this name: programs in it would then be theirs. */
async function isOurs(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = await stat(folder);
    const uidOfOurs = process.getuid?.();
    const othersMayWrite = (mode & 0o022) !== 0;
    return uidOfOurs === undefined || (uid === uidOfOurs && !othersMayWrite);
  } catch {
    return false;
  }
}
