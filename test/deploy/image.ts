/** Lays out the files of the image as the Dockerfile copies them, so that tests run what a container would run. */
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { readStages, root, type Stage } from './compose-file.ts';

/** The files of a stage in a folder of their own. */
export interface Image {
  readonly folder: string;
  readonly stage: Stage;
  readonly remove: () => Promise<void>;
}

/** Lays out a stage; its packages are the ones installed here. */
export async function layOutImage(target: string): Promise<Image> {
  const stage = readStages().get(target);
  if (stage === undefined) throw new Error(`The Dockerfile has no stage ${target}`);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-image-'));
  for (const path of stage.copied) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(resolve(root, path), join(folder, path), { recursive: true });
  }
  await symlink(resolve(root, 'node_modules'), join(folder, 'node_modules'));
  return { folder, stage, remove: () => rm(folder, { recursive: true, force: true }) };
}
