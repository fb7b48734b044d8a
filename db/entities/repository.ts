/** A repository of the platform: whose it is, and who besides its owner may manage its hooks. */
import { defineEntity, p, type InferEntity } from '@mikro-orm/postgresql';

export const RepositoryEntity = defineEntity({
  name: 'Repository',
  tableName: 'repository',
  properties: {
    id: p.uuid().primary().defaultRaw('uuidv7()'),
    /** The platform's own id for it, when it gave one. */
    externalId: p.text().nullable(),
    owner: p.text(),
    name: p.text(),
    organization: p.text().nullable(),
    admins: p.array().columnType('text[]').defaultRaw(`'{}'`),
    /** Where notices about its hooks are mailed. */
    noticeEmail: p.text().nullable(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw('now()'),
    updatedAt: p
      .datetime()
      .columnType('timestamptz')
      .defaultRaw('now()')
      .onUpdate(() => new Date()),
  },
  uniques: [{ properties: ['owner', 'name'] }],
});

export type Repository = InferEntity<typeof RepositoryEntity>;
