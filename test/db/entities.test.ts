import assert from 'node:assert/strict';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** The names that information_schema has for the types that entities declare. */
const typeNames: Readonly<Record<string, string>> = {
  uuid: 'uuid',
  text: 'text',
  'text[]': 'ARRAY of _text',
  'integer[]': 'ARRAY of _int4',
  boolean: 'boolean',
  int: 'integer',
  smallint: 'smallint',
  'double precision': 'double precision',
  bigserial: 'bigint',
  bytea: 'bytea',
  jsonb: 'jsonb',
  timestamptz: 'timestamp with time zone',
};

interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
}

describe('the entities', () => {
  let database: TestDatabase;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());

  const columnsOf = async (table: string): Promise<ReadonlyMap<string, Column>> => {
    const rows = await query<Column>(database.pool, {
      text: `
        select column_name as name, is_nullable = 'YES' as nullable,
          column_default is not null or is_identity = 'YES' as "hasDefault",
          case data_type when 'ARRAY' then 'ARRAY of ' || udt_name else data_type end as type
        from information_schema.columns where table_schema = 'public' and table_name = $1`,
      values: [table],
    });
    return new Map(rows.map((row) => [row.name, row]));
  };

  const metadataOf = (name: string) => {
    const all = [...database.orm.getMetadata().getAll().values()];
    return all.find(({ className }) => className === name) ?? assert.fail(`No entity ${name}`);
  };

  for (const [name, table] of [
    ['Repository', 'repository'],
    ['AccessToken', 'access_token'],
    ['Hook', 'hook'],
  ] as const) {
    it(`${name} describes the columns of ${table} as they are`, async () => {
      const columns = await columnsOf(table);
      const { props } = metadataOf(name);
      const described = props.map((property) => ({
        name: property.fieldNames[0] as string,
        type: typeNames[property.columnTypes[0] as string] ?? `unknown ${property.columnTypes[0]}`,
        nullable: property.nullable === true,
      }));

      assert.deepEqual(
        described.toSorted((a, b) => a.name.localeCompare(b.name)),
        [...columns.values()]
          .map((column) => ({ name: column.name, type: column.type, nullable: column.nullable }))
          .toSorted((a, b) => a.name.localeCompare(b.name)),
      );
    });

    it(`${name} leaves out on insert only what ${table} has a default for`, async () => {
      const columns = await columnsOf(table);
      const { props } = metadataOf(name);

      for (const property of props.filter(({ defaultRaw, autoincrement }) => defaultRaw ?? autoincrement)) {
        assert.equal(columns.get(property.fieldNames[0] as string)?.hasDefault, true, property.name);
      }
    });
  }
});
