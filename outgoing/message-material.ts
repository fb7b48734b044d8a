/** What a message is made of: an event and its hook's settings, secrets sealed. */
import type { HookFormat } from '#domain/formats.ts';
import type { PayloadShape } from '#domain/payload-shape.ts';
import type { Settings } from '#domain/services/service.ts';

/** An event and the hook it goes to. */
export interface MessageMaterial {
  readonly eventType: string;
  readonly shape: PayloadShape;
  readonly acceptedAt: Date;
  /** The payload's text as received. */
  readonly payload: string;
  readonly hookId: string;
  /** The hook's public number. */
  readonly hookNumber: string;
  readonly service: string;
  readonly settings: Settings;
  /** The passwords among the settings, sealed. */
  readonly secretSettings: Buffer | null;
  readonly filter: string | null;
  readonly template: string | null;
  /** The repository's id as its platform knows it, or ours. */
  readonly repositoryId: string;
  readonly url: string | null;
  readonly format: HookFormat;
  readonly secret: Buffer | null;
  /** The secret before the last rotation, while both are valid. */
  readonly previousSecret: Buffer | null;
  readonly headers: Buffer | null;
}
