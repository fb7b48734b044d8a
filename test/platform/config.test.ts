/** The environment: checked whole, every fault in one message, and documented. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { ConfigError, readConfig, summarise, variableNames } from '#platform/config.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const least = {
  DATABASE_URL: 'postgresql://holdfast:canary-password@db.example.com:5432/holdfast',
  TEMPORAL_ADDRESS: 'temporal:7233',
  HOLDFAST_ENCRYPTION_KEYS: `k1:${key}`,
};
const jwt = {
  HOLDFAST_JWKS_URL: 'https://platform.example.com/keys',
  HOLDFAST_JWT_ISSUER: 'https://platform.example.com',
  HOLDFAST_JWT_AUDIENCE: 'holdfast',
};

/** What is wrong with an environment, line by line. */
function faultsOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    const [head, ...faults] = error.message.split('\n');
    assert.equal(head, 'The environment is not right:');
    return faults.map((fault) => fault.trim());
  }
}

describe('the configuration', () => {
  it('needs three variables and has defaults for the rest', () => {
    const config = readConfig(least);

    assert.deepEqual(config, {
      databaseUrl: least.DATABASE_URL,
      temporal: { address: 'temporal:7233', namespace: 'default', taskQueue: 'holdfast' },
      http: { host: '127.0.0.1', port: 3400, publicUrl: undefined },
      platformToken: undefined,
      jwt: undefined,
      encryptionKeys: [{ name: 'k1', key: Buffer.alloc(32, 7) }],
      allowTargets: [],
      httpsOnly: false,
      mail: undefined,
      groupThreshold: 50,
      holdDays: 14,
      retentionDays: 30,
      workflowSafeguards: false,
      logLevel: 'info',
    });
  });

  it('tells every fault in one message', () => {
    const faults = faultsOf({
      TEMPORAL_ADDRESS: 'http://temporal',
      HOLDFAST_PORT: '70000',
      HOLDFAST_PLATFORM_TOKEN: 'short',
      HOLDFAST_ENCRYPTION_KEYS: 'k1:abc',
      HOLDFAST_ALLOW_TARGETS: '10.0.0.0/99',
      HOLDFAST_HTTPS_ONLY: 'yes',
      HOLDFAST_HOLD_DAYS: '0',
      HOLDFAST_LOG_LEVEL: 'loud',
      HOLDFAST_JWKS_URL: 'https://platform.example.com/keys',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    });

    const names = faults.map((fault) => fault.split(':')[0] ?? '');
    assert.deepEqual(names.toSorted(), [
      'DATABASE_URL',
      'HOLDFAST_ALLOW_TARGETS',
      'HOLDFAST_ENCRYPTION_KEYS',
      'HOLDFAST_HOLD_DAYS',
      'HOLDFAST_HTTPS_ONLY',
      'HOLDFAST_JWT_AUDIENCE',
      'HOLDFAST_JWT_ISSUER',
      'HOLDFAST_LOG_LEVEL',
      'HOLDFAST_PLATFORM_TOKEN',
      'HOLDFAST_PORT',
      'NODE_TLS_REJECT_UNAUTHORIZED',
      'TEMPORAL_ADDRESS',
    ]);
    assert.ok(faults.includes('DATABASE_URL: is missing'));
  });

  it('never repeats a secret in its faults', () => {
    const faults = faultsOf({
      DATABASE_URL: 'mysql://holdfast:canary-password@db/holdfast',
      TEMPORAL_ADDRESS: 'x',
      HOLDFAST_PLATFORM_TOKEN: 'canary-token'.repeat(40),
      HOLDFAST_ENCRYPTION_KEYS: `k1:${Buffer.from('canary-key').toString('base64')}`,
    });

    assert.equal(faults.length, 4);
    assert.ok(!faults.join().includes('canary'));
    assert.ok(!faults.join().includes(Buffer.from('canary-key').toString('base64')));
  });

  it('takes an empty variable for an absent one', () => {
    const empty = Object.fromEntries(variableNames.map((name) => [name, '']));

    assert.deepEqual(readConfig({ ...empty, ...least }), readConfig(least));
    assert.deepEqual(faultsOf(empty), [
      'DATABASE_URL: is missing',
      'TEMPORAL_ADDRESS: is missing',
      'HOLDFAST_ENCRYPTION_KEYS: is missing',
    ]);
  });

  it('wants all three variables of JWTs or none', () => {
    assert.deepEqual(readConfig({ ...least, ...jwt }).jwt, {
      jwksUrl: jwt.HOLDFAST_JWKS_URL,
      issuer: jwt.HOLDFAST_JWT_ISSUER,
      audience: 'holdfast',
    });
    for (const name of Object.keys(jwt)) {
      const faults = faultsOf({ ...least, ...jwt, [name]: undefined });
      assert.deepEqual(
        faults.map((fault) => fault.split(':')[0]),
        [name],
      );
    }
  });

  it('wants the mail server and its sender, or neither', () => {
    const mail = {
      HOLDFAST_SMTP_URL: 'smtp://user:canary@mail.example.com',
      HOLDFAST_MAIL_FROM: 'a@example.com',
    };

    const config = readConfig({ ...least, ...mail });

    assert.equal(config.mail?.server.host, 'mail.example.com');
    assert.ok(!JSON.stringify(summarise(config)).includes('canary'));
    for (const name of Object.keys(mail)) {
      const [fault, ...others] = faultsOf({ ...least, ...mail, [name]: undefined });
      assert.deepEqual([fault?.split(':')[0], others], [name, []]);
    }
  });

  it('refuses values out of bounds, one by one', () => {
    for (const [name, ...values] of [
      ['DATABASE_URL', 'db', 'http://db/holdfast', 'postgresql://', 'postgresql://a:b@host:port/x'],
      ['TEMPORAL_ADDRESS', 'temporal', 'http://temporal:7233', 'a b:7233', 'temporal:'],
      ['HOLDFAST_PORT', '-1', '65536', '3400.5', 'abc', '1e3'],
      ['HOLDFAST_PUBLIC_URL', 'example.com', 'ftp://example.com'],
      ['HOLDFAST_GROUP_THRESHOLD', '-1', '100001', '1.5'],
      ['HOLDFAST_HOLD_DAYS', '0', '366', '1.5'],
      ['HOLDFAST_RETENTION_DAYS', '0', '3651'],
      ['HOLDFAST_HTTPS_ONLY', 'yes', 'TRUE'],
      ['HOLDFAST_ALLOW_TARGETS', '10.0.0.0/33', 'a b', '::/200'],
      ['HOLDFAST_ENCRYPTION_KEYS', 'k1', key, `k1:${key},k1:${key}`, `a b:${key}`],
    ] as const)
      for (const value of values) {
        const faults = faultsOf({ ...least, [name]: value });
        assert.equal(faults.length, 1, `${name}=${value} ${faults.join()}`);
        assert.ok(faults[0]?.startsWith(`${name}: `));
      }
  });

  it('is summarised without secrets', () => {
    const config = readConfig({ ...least, HOLDFAST_PLATFORM_TOKEN: 'canary-platform-token' });

    const summary = JSON.stringify(summarise(config));

    assert.ok(summary.includes('db.example.com:5432/holdfast'));
    assert.ok(summary.includes('"platformToken":"set"'));
    for (const secret of ['canary', key]) assert.ok(!summary.includes(secret));
  });

  it('is documented whole in .env.example, and nothing else is', async () => {
    const text = await readFile(new URL('../../.env.example', import.meta.url), 'utf8');
    const lines = text.split('\n');
    const documented = lines.filter((line) => /^[A-Z_]+=/.test(line)).map((line) => line.split('=')[0] ?? '');

    assert.deepEqual(documented.toSorted(), variableNames.toSorted());
    for (const line of lines) assert.match(line, /^(#.*|[A-Z_]+=.*|)$/);
    const values = Object.fromEntries(
      lines
        .filter((line) => /^[A-Z_]+=/.test(line))
        .map((line) => [line.split('=')[0] ?? '', line.replace(/^[A-Z_]+=/, '')]),
    );
    assert.deepEqual(readConfig({ ...values, HOLDFAST_ENCRYPTION_KEYS: `k1:${key}` }), {
      ...readConfig(least),
      databaseUrl: values['DATABASE_URL'],
      temporal: { address: '127.0.0.1:7233', namespace: 'default', taskQueue: 'holdfast' },
    });
  });
});
