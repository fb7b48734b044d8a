/** A bearer token of a person or a platform. Only its SHA-256 is kept; the token itself is shown once and forgotten. */
import { defineEntity, p, type InferEntity } from '@mikro-orm/postgresql';

export const AccessTokenEntity = defineEntity({
  name: 'AccessToken',
  tableName: 'access_token',
  properties: {
    id: p.uuid().primary().defaultRaw('uuidv7()'),
    hash: p.blob().hidden().unique(),
    username: p.text(),
    scopes: p.array().columnType('text[]'),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw('now()'),
    expiresAt: p.datetime().columnType('timestamptz').nullable(),
  },
});

export type AccessToken = InferEntity<typeof AccessTokenEntity>;
